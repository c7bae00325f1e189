#!/usr/bin/env bash
# One sentence becomes a working script, on screen: live where a model can be had, otherwise rehearsed
# from the recording of a real run.
set -euo pipefail
cd "$(dirname "$0")/.."

OBJECTIVE=${OBJECTIVE:-}
DEFAULT_OBJECTIVE='Write the first 50 prime numbers to primes.csv with their position, and print their sum'
RECORDING=${RECORDING:-recordings/workers-that-meet.jsonl}

python=$(scripts/setup.sh python)
found=$("$python" scripts/find_model.py)
model=${found%%$'\n'*}
output=${found##*$'\n'}

if [ -n "$model" ]; then
  echo "This is a live run: the model's words come from $model."
else
  echo "This is a rehearsal: there is no model key and no Ollama with gemma:2b, so the model's words" \
    "come from a recording of a real run. All else really happens: the sandbox, the runs, the checks, the files."
  if [ -n "$OBJECTIVE" ]; then
    echo "Your objective needs a model and is left out here: set ANTHROPIC_API_KEY (or another key of" \
      ".env.example), or start Ollama with gemma:2b, and run the same command again."
  fi
fi

scripts/setup.sh
started=$(mktemp)
trap 'rm -f "$started"' EXIT

status=0
if [ -n "$model" ]; then
  .venv/bin/archon run "${OBJECTIVE:-$DEFAULT_OBJECTIVE}" >/dev/null || status=$?
else
  .venv/bin/archon rehearse "$RECORDING" >/dev/null || status=$?
fi

{ find "$output" -mindepth 1 -maxdepth 1 -type d -newer "$started" 2>/dev/null || true; } | while read -r folder; do
  printf '\nThe files are in %s\n' "$folder"
  find "$folder" -type f | sort | head -n 20 | sed 's/^/  /'
done
[ "$status" = 0 ] || exit "$status"
echo
echo "Try next:"
echo "  make demo OBJECTIVE=\"…\"        your own sentence, with a model key or Ollama"
echo "  .venv/bin/archon tasks         what has run here"
echo "  .venv/bin/archon logs ID       the story of one task, event by event"
echo "  .venv/bin/archon serve         the same over HTTP, with its documents at /docs"
echo "  .venv/bin/archon doctor        what this machine has, and what it lacks"
