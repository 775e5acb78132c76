/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "launch/emit/parts.h"

/* The definition of the container image, for Debian and Ubuntu as base; with CUDA where the
 * machine has GPUs. */

static const char top[] =
    "# SPDX-License-Identifier: BSD-3-Clause\n"
    "# Made by nodehour machine %s --emit image. From the root of nodehour's sources:\n"
    "#   docker build -f Dockerfile --build-arg BASE_IMAGE=%s@sha256:... .\n"
    "# EFA_INSTALLER=none takes the distribution's Open MPI and no EFA: for rehearsals.\n"
    "ARG BASE_IMAGE\n"
    "FROM ${BASE_IMAGE} AS runtime\n"
    "ARG BASE_IMAGE\n"
    "ARG EFA_INSTALLER=1.48.0\n"
    "ARG EFA_INSTALLER_SHA256=\n"
    "SHELL [\"/bin/bash\", \"-euo\", \"pipefail\", \"-c\"]\n"
    "RUN case \"$BASE_IMAGE\" in \\\n"
    "    *sha256:*) ;; \\\n"
    "    *) echo 'BASE_IMAGE: give it with its digest, NAME@sha256:...' >&2; exit 2 ;; \\\n"
    "    esac\n";

/* Removed as in nccl-tests.Dockerfile of awsome-distributed-ai: they would stand before EFA's. */
static const char gpu[] =
    "RUN apt-get update && apt-get purge -y --allow-change-held-packages \\\n"
    "      ibverbs-utils libibverbs-dev libibverbs1 libmlx5-1 libnccl2 libnccl-dev \\\n"
    "    && rm -rf /opt/hpcx /var/lib/apt/lists/*\n";

static const char runtime[] =
    "RUN apt-get update \\\n"
    "    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\\n"
    "      ca-certificates curl openssh-server openssh-client iproute2 numactl awscli fio \\\n"
    "      libjansson4 libpopt0 libcyaml1 libhwloc15 \\\n"
    "    && if [ \"$EFA_INSTALLER\" = none ]; then \\\n"
    "      DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\\n"
    "        openmpi-bin libfabric1; fi \\\n"
    "    && rm -rf /var/lib/apt/lists/*\n"
    "RUN if [ \"$EFA_INSTALLER\" != none ]; then \\\n"
    "      apt-get update && cd /tmp \\\n"
    "      && curl -fsSLO \"https://efa-installer.amazonaws.com/"
    "aws-efa-installer-$EFA_INSTALLER.tar.gz\" \\\n"
    "      && if [ -n \"$EFA_INSTALLER_SHA256\" ]; then \\\n"
    "        echo \"$EFA_INSTALLER_SHA256  aws-efa-installer-$EFA_INSTALLER.tar.gz\" \\\n"
    "          | sha256sum -c -; fi \\\n"
    "      && tar xf \"aws-efa-installer-$EFA_INSTALLER.tar.gz\" \\\n"
    "      && cd aws-efa-installer \\\n"
    "      && ./efa_installer.sh -y%s --skip-kmod --skip-limit-conf --no-verify%s \\\n"
    "      && rm -rf /tmp/aws-efa-installer* /var/lib/apt/lists/*; fi\n"
    "ENV PATH=/opt/amazon/openmpi/bin:/opt/amazon/efa/bin:/usr/local/bin:/usr/bin:/bin:"
    "/usr/sbin:/sbin%s\n"
    "ENV LD_LIBRARY_PATH=/opt/amazon/openmpi/lib:/opt/amazon/efa/lib%s\n";

static const char build[] =
    "\n"
    "FROM runtime AS build\n"
    "RUN apt-get update \\\n"
    "    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\\n"
    "      gcc libc6-dev make pkg-config libjansson-dev libpopt-dev libcyaml-dev libhwloc-dev \\\n"
    "    && if [ \"$EFA_INSTALLER\" = none ]; then \\\n"
    "      DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\\n"
    "        libopenmpi-dev libfabric-dev; fi\n"
    "COPY . /src\n"
    "RUN cd /src \\\n"
    "    && export PKG_CONFIG_PATH=/opt/amazon/efa/lib/pkgconfig \\\n"
    "    && make -j\"$(nproc)\" BUILD=/tmp/build \\\n"
    "    && make BUILD=/tmp/build DESTDIR=/stage install\n"
    "\n"
    "FROM runtime\n"
    "COPY --from=build /stage/ /\n"
    "RUN useradd --uid 10001 --create-home --shell /bin/bash nodehour\n"
    "USER nodehour\n"
    "WORKDIR /home/nodehour\n"
    "CMD [\"nodehour\", \"--help\"]\n";

static int make(const struct nh_machine *m, struct nh_emit_files *files, struct nh_error *err)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return nh_fail_errno(err, "cannot make the image definition");
    fprintf(out, top, m->name, m->gpus ? "nvcr.io/nvidia/cuda" : "ubuntu");
    if (m->gpus)
        fputs(gpu, out);
    fprintf(out, runtime, m->gpus ? " -g -d" : " -d", m->gpus ? " --disable-build-ngc" : "",
            m->gpus ? ":/usr/local/cuda/bin" : "",
            m->gpus ? ":/opt/amazon/ofi-nccl/lib:/usr/local/cuda/lib64" : "");
    fputs(build, out);
    if (fclose(out)) {
        free(text);
        return nh_fail_errno(err, "cannot make the image definition");
    }
    return nh_emit_add(files, "Dockerfile", text, err);
}

const struct nh_emit_kind nh_emit_image = {
    .name = "image",
    .summary = "container image (Dockerfile), with CUDA where the machine has GPUs",
    .make = make,
};
