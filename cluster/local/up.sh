#!/usr/bin/env bash
# A Dask scheduler and workers on this machine, as processes of their own, reachable from here only.
#
#   cluster/local/up.sh FOLDER [WORKERS] [THREADS]     (2 workers of 1 thread by default)
#   disteval.evaluate(..., scheduler=address)          address: the last line printed
#   cluster/local/down.sh FOLDER
#
# FOLDER holds the scheduler file, process numbers and logs. DASK names the dask command to use.
set -euo pipefail

folder=${1:?usage: up.sh FOLDER [WORKERS] [THREADS]}
workers=${2:-2}
threads=${3:-1}
dask=${DASK:-dask}

mkdir -p "$folder"
file=$folder/scheduler.json
rm -f "$file" "$folder/pids"

start() { # start NAME COMMAND...: in the background, its output to NAME.log, its number to pids
    local name=$1
    shift
    nohup "$@" >"$folder/$name.log" 2>&1 </dev/null &
    echo $! >>"$folder/pids"
}

start scheduler "$dask" scheduler --host 127.0.0.1 --port 0 --no-dashboard --no-show \
    --scheduler-file "$file"
for _ in $(seq 300); do
    [ -s "$file" ] && break
    sleep 0.1
done
[ -s "$file" ] || { echo "the scheduler did not start; see $folder/scheduler.log" >&2; exit 1; }

for i in $(seq "$workers"); do
    start "worker-$i" "$dask" worker --scheduler-file "$file" --nthreads "$threads" \
        --host 127.0.0.1 --no-dashboard --no-nanny --local-directory "$folder" --death-timeout 60
done

sed -n 's/.*"address": "\([^"]*\)".*/\1/p' "$file" | head -n 1
