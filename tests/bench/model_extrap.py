# SPDX-License-Identifier: BSD-3-Clause
"""Extra-P's default modeler on the timings that model_fit wrote.

model_extrap.py DATA: fits the work, size times time, as Extra-P does for strong scaling, and
prints processor seconds and held-out errors |ln(predicted/true)| at 2 and 4 times the largest
size. A prediction that is not positive has no logarithm and is counted apart.
"""
import json
import math
import statistics
import sys
import time

from extrap.entities.callpath import Callpath
from extrap.entities.coordinate import Coordinate
from extrap.entities.experiment import Experiment
from extrap.entities.measurement import Measurement
from extrap.entities.metric import Metric
from extrap.entities.parameter import Parameter
from extrap.modelers.model_generator import ModelGenerator

FARTHER = (64, 128)


def experiment(kernels):
    result = Experiment()
    result.add_parameter(Parameter("k"))
    metric = Metric("work")
    result.add_metric(metric)
    sizes = [2**i for i in range(len(kernels[0]["times"]))]
    at = [Coordinate(k) for k in sizes]
    for coordinate in at:
        result.add_coordinate(coordinate)
    for i, kernel in enumerate(kernels):
        path = Callpath(f"kernel {i}")
        result.add_callpath(path)
        for k, coordinate, times in zip(sizes, at, kernel["times"]):
            work = [k * t for t in times]
            result.add_measurement(Measurement(coordinate, path, metric, work))
    return result, metric


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        kernels = [json.loads(line) for line in lines]
    data, metric = experiment(kernels)
    generator = ModelGenerator(data)
    start = time.process_time()
    generator.model_all()
    print(f"extrap_s {time.process_time() - start:.4f}")
    misses, impossible = [], 0
    for i, kernel in enumerate(kernels):
        function = generator.models[Callpath(f"kernel {i}"), metric].hypothesis.function
        for k, true in zip(FARTHER, kernel["true"]):
            predicted = float(function.evaluate(k)) / k
            if predicted > 0:
                misses.append(abs(math.log(predicted / true)))
            else:
                impossible += 1
    print(f"extrap_predicted {len(misses)}")
    print(f"extrap_impossible {impossible}")
    print(f"extrap_median_error {statistics.median(misses):.5f}")
    print(f"extrap_mean_error {statistics.mean(misses):.5f}")


main()
