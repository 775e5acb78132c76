
#!/bin/bash
HOST_FILE_PATH=/tmp/hostfile
IP=$(/sbin/ip -o -4 addr list eth0 | awk '{print $4}')
echo "$IP slots=$(nproc)" >> "$HOST_FILE_PATH"
if [ "$NODE_TYPE" != main ]; then
    ssh -o StrictHostKeyChecking=no main true
    tail -f /dev/null
fi
mpirun -np 512 --hostfile "$HOST_FILE_PATH" \
    ./ft.C.x | tee /tmp/log
echo "0" > /tmp/batch-exit-code
