#!/usr/bin/env bash
# Runs armlint and writes everything the later steps need to $GITHUB_OUTPUT. Ends with 0 whatever was found: the gate
# decides, after the upload.
set -euo pipefail

fail() {
  echo "::error title=armlint::$1"
  exit 2
}

# An environment variable named like an input must be true or false; anything else is a typing error, not a wish.
is() {
  local name=INPUT_$1
  case "${!name:-}" in
    true) return 0 ;;
    false) return 1 ;;
    *) fail "The input '$(tr 'A-Z_' 'a-z-' <<<"$1")' must be true or false." ;;
  esac
}
annotations=no summary=no restore=no comment=no cache=no
# Used by the step that uploads only, which takes all but `true` for no.
is UPLOAD_SARIF || true
is ANNOTATIONS && annotations=yes
is RESTORE && restore=yes
is SUMMARY && summary=yes
is COMMENT && comment=yes
[[ -z ${INPUT_CACHE:-} ]] || ! is CACHE || cache=yes

folder=$(mktemp -d "${RUNNER_TEMP//\\//}/armlint-XXXXXX")
sarif=${INPUT_SARIF_FILE:-$folder/armlint.sarif}
[[ $sarif != *$'\n'* ]] || fail "The input 'sarif-file' is one path."

# The checkout holds what strangers wrote. What lies at `sarif-file` before the scan is not ours, and never goes up; a link
# is removed and not followed, also one of the folders on the way, through which it would be written to elsewhere.
clear_way() {
  local path=$1 workspace=${GITHUB_WORKSPACE:-$PWD}
  workspace=${workspace//\\//}
  path=${path//\\//}
  path=${path#"$workspace"/}
  [[ /$path/ != */../* ]] || fail "The input 'sarif-file' must not hold '..'."
  local at=$path
  while [[ $at == */* && $path != /* ]]; do
    at=${at%/*}
    [[ ! -L $workspace/$at ]] || fail "The folder '$at' of the input 'sarif-file' is a link; name another file."
  done
  if [[ -d $1 && ! -L $1 ]]; then
    fail "The input 'sarif-file' names a folder; name a file."
  fi
  rm -f -- "$1" || fail "What lies at the input 'sarif-file' cannot be removed."
}
[[ -z ${INPUT_SARIF_FILE:-} ]] || clear_way "$sarif"

arguments=(
  scan
  --report "sarif=$sarif"
  --report "github=$folder/annotations"
  --report "markdown=$folder/summary"
  --report "counts=$folder/counts"
)
[[ -z ${INPUT_CONFIG:-} ]] || arguments+=(--config "$INPUT_CONFIG")
[[ -z ${INPUT_BASELINE:-} ]] || arguments+=(--baseline "$INPUT_BASELINE")
[[ -z ${INPUT_KNOWN:-} ]] || arguments+=(--known "$INPUT_KNOWN")
[[ -z ${INPUT_FAIL_ON:-} ]] || arguments+=(--fail-on "$INPUT_FAIL_ON")
[[ -z ${INPUT_CATEGORY:-} ]] || arguments+=(--category "$INPUT_CATEGORY")
# Words of `args` are arguments; nothing in them is expanded. armlint refuses options that do not go together, so what is only
# a default of the action gives way to them.
read -r -d '' -a extra <<<"${INPUT_ARGS:-}" || true
asks() {
  local word option
  for word in ${extra[@]+"${extra[@]}"}; do
    [[ $word != -- ]] || return 1
    for option; do
      [[ $word != "$option" && $word != "$option="* ]] || return 0
    done
  done
  return 1
}
# On other events nothing says what somebody would want to compare with, so everything counts.
since=none
case "${INPUT_SINCE:-none}" in
  none) ;;
  auto)
    case "${GITHUB_EVENT_NAME:-}" in
      pull_request | pull_request_target | merge_group) since=auto ;;
    esac
    ;;
  *) since=$INPUT_SINCE ;;
esac
if [[ $since == auto ]]; then
  if asks --since; then
    since=none
  fi
  for option in --shard --fix; do
    if asks "$option"; then
      since=none
      echo "::notice title=armlint::'$option' in 'args' rules out a comparison with what was there before, so every finding counts. 'since: none' says so without this notice."
    fi
  done
fi
[[ $since == none ]] || arguments+=("--since=$since")
if [[ $cache == yes ]]; then
  arguments+=(--cache "${RUNNER_TEMP//\\//}/armlint-cache")
elif ! asks --cache --no-cache; then
  arguments+=(--no-cache)
fi
arguments+=(${extra[@]+"${extra[@]}"})
# Without a path, what armlint.yaml says counts, else the working directory.
paths=()
while IFS= read -r path; do
  path=${path%$'\r'}
  [[ -z $path ]] || paths+=("$path")
done <<<"${INPUT_PATH:-}"
arguments+=(-- ${paths[@]+"${paths[@]}"})

# The log shows what strangers wrote; armlint makes it harmless, and the runner is told not to listen all the same.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
if [[ $restore == yes ]]; then
  restoring=(restore)
  [[ -z ${INPUT_CONFIG:-} ]] || restoring+=(--config "$INPUT_CONFIG")
  # A module that cannot be fetched is a warning of the scan.
  "$ARMLINT" "${restoring[@]}" -- ${paths[@]+"${paths[@]}"} || true
fi
code=0
"$ARMLINT" "${arguments[@]}" || code=$?
# What changes in Azure stands before what is wrong with it. Where there is nothing to compare with, the scan says why.
if [[ $since != none && ($summary == yes || $comment == yes) ]]; then
  comparing=(diff --format markdown --output "$folder/changes")
  [[ -z ${INPUT_CONFIG:-} ]] || comparing+=(--config "$INPUT_CONFIG")
  [[ $since == auto ]] || comparing+=("$since")
  "$ARMLINT" "${comparing[@]}" -- ${paths[@]+"${paths[@]}"} || true
fi
echo "::$token::"

[[ $annotations == no || ! -e $folder/annotations ]] || cat "$folder/annotations"
if [[ $summary == yes ]]; then
  for part in changes summary; do
    [[ ! -e $folder/$part ]] || { cat "$folder/$part"; echo; } >>"$GITHUB_STEP_SUMMARY"
  done
fi
# GitHub takes 65,536 characters; what changes has at most 60,000. Cut between lines, the rest is still Markdown.
if [[ $comment == yes && -e $folder/summary ]]; then
  {
    [[ ! -e $folder/changes ]] || cat "$folder/changes"
    echo
    awk '{ length_ += length($0) + 1 } length_ > 5000 { print "\n…and more in the summary of the job."; exit } { print }' "$folder/summary"
  } >"$folder/comment"
fi
{
  echo "exit-code=$code"
  # Only what this scan wrote may be uploaded, and only where it ended as scans do: wrong usage writes nothing, and a crash
  # writes half.
  case $code in
    0 | 1 | 3) [[ ! -f $sarif || -L $sarif ]] || echo "sarif-file=$sarif" ;;
  esac
  [[ ! -e $folder/comment ]] || echo "comment-file=$folder/comment"
  [[ ! -e $folder/counts ]] || grep -E '^[a-z-]+=[0-9]+$' "$folder/counts"
} >>"$GITHUB_OUTPUT"
