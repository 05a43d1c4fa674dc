#!/usr/bin/env bash
# Stop what up.sh started in FOLDER.
set -euo pipefail

folder=${1:?usage: down.sh FOLDER}
[ -f "$folder/pids" ] || { echo "nothing was started in $folder" >&2; exit 1; }
while read -r pid; do
    kill "$pid" 2>/dev/null || true
done <"$folder/pids"
rm -f "$folder/pids" "$folder/scheduler.json"
