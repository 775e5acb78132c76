#!/bin/bash
module load intelmpi
mpirun -bootstrap=slurm -np 2 --map-by ppr:1:node osu_latency
