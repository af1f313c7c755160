#!/usr/bin/env bash
# Writes the comment of a pull request, or brings it up to date: one comment for each category, which knows itself by a mark. Never
# fails the job: the summary says the same.
set -euo pipefail

note() {
  echo "::notice title=armlint wrote no comment::$1"
  exit 0
}

# Parts of a matrix have a category each; what would end the mark is left out of it.
category=$(tr -cd 'A-Za-z0-9._/ -' <<<"${CATEGORY:-}" | tr -s -)
mark="<!-- armlint${category:+: $category} -->"
[[ ${NUMBER:-} =~ ^[0-9]+$ ]] || exit 0
[[ ${GITHUB_REPOSITORY:-} =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] || exit 0
command -v jq >/dev/null || note "There is no jq on this runner. What the comment would say is in the summary of the job."

api=${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY
# The token goes in by standard input: the arguments of a process can be seen by others.
ask() {
  local method=$1 path=$2
  shift 2
  curl --silent --show-error --max-time 30 --request "$method" --write-out '\n%{http_code}' --config - "$@" "$api/$path" \
    <<<"header = \"Authorization: Bearer $TOKEN\"" || printf '\n000'
}

# A comment of ours: anybody can write the mark, but only a bot is one.
id='' page=1
while [[ -z $id && $page -le 10 ]]; do
  answer=$(ask GET "issues/$NUMBER/comments?per_page=100&page=$page")
  [[ ${answer##*$'\n'} == 200 ]] || break
  listed=${answer%$'\n'*}
  id=$(jq -r --arg mark "$mark" '[.[] | select(.user.type == "Bot" and ((.body // "") | startswith($mark)))][0].id // empty' <<<"$listed")
  [[ $(jq length <<<"$listed") == 100 ]] || break
  page=$((page + 1))
done

body=$(mktemp "${RUNNER_TEMP:-/tmp}/armlint-XXXXXX")
jq --raw-input --slurp --arg mark "$mark" '{body: ($mark + "\n" + .)}' <"$FILE" >"$body"
if [[ -n $id ]]; then
  answer=$(ask PATCH "issues/comments/$id" --data-binary "@$body")
else
  answer=$(ask POST "issues/$NUMBER/comments" --data-binary "@$body")
fi
case ${answer##*$'\n'} in
  200 | 201) echo "armlint: the comment is up to date." ;;
  401 | 403 | 404) note "The job's token may not write comments, as always in a pull request from a fork; else give the job 'permissions: pull-requests: write'. What the comment would say is in the summary of the job." ;;
  *) note "GitHub answered with ${answer##*$'\n'}. What the comment would say is in the summary of the job." ;;
esac
