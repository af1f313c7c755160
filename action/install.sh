#!/usr/bin/env bash
# Finds or downloads the armlint binary and writes `binary` and `version` to $GITHUB_OUTPUT.
#
# The archive comes from the release that action/checksums.txt names, and must have the sha256 that is committed there
# (or given). Whatever is missing or differs ends the job: no binary runs unchecked.
set -euo pipefail

fail() {
  echo "::error title=armlint could not be installed::$1"
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=${INPUT_VERSION:-}
checksum=$(tr 'A-F' 'a-f' <<<"${INPUT_CHECKSUM:-}")

report() {
  local printed
  printed=$("$1" --version) || fail "The binary does not run on this machine."
  printed=${printed##* }
  [[ $printed =~ ^[0-9A-Za-z.+-]+$ ]] || fail "The binary does not say its version."
  { echo "binary=$1"; echo "version=$printed"; } >>"$GITHUB_OUTPUT"
  echo "armlint $printed"
}

if [[ $version == local ]]; then
  binary=$(command -v armlint) || fail "'version: local' uses armlint from PATH, and there is none."
  report "$binary"
  exit 0
fi

case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  Windows-X64) target=x86_64-pc-windows-msvc ;;
  Windows-ARM64) target=aarch64-pc-windows-msvc ;;
  *) fail "There is no binary for ${RUNNER_OS:-an unknown system} on ${RUNNER_ARCH:-an unknown processor}. Build armlint yourself and use 'version: local'." ;;
esac

# The committed line for this target: `<sha256>  armlint-v<version>-<target>.tar.gz`.
committed=$(grep -E "^[0-9a-f]{64}  armlint-v[0-9A-Za-z.+-]+-$target\.tar\.gz\$" "$here/checksums.txt" || true)
baked=${committed##*  armlint-}
baked=${baked%-"$target".tar.gz}

version=${version:-$baked}
[[ -n $version ]] || fail "This commit of the action belongs to no release. Use a tag of a release, or 'version: local'."
[[ $version == v* ]] || version=v$version
[[ $version =~ ^v[0-9A-Za-z.+-]+$ ]] || fail "The input 'version' is not a version."
if [[ -z $checksum ]]; then
  [[ $version == "$baked" ]] ||
    fail "This tag of the action has checksums of ${baked:-no release}, not of $version. Use the tag of that release, or give the archive's sha256 as 'checksum'."
  checksum=${committed%% *}
fi
[[ $checksum =~ ^[0-9a-f]{64}$ ]] || fail "The input 'checksum' is not a sha256."

archive=armlint-$version-$target.tar.gz
# A mirror may stand in for github.com (an enterprise server without a way out); the checksum holds for it, too.
base=${ARMLINT_DOWNLOAD_BASE:-https://github.com/armlint/armlint/releases/download}
folder=$(mktemp -d "${RUNNER_TEMP//\\//}/armlint-XXXXXX")
cd "$folder"
curl --fail --silent --show-error --location --retry 3 --max-time 300 --output "$archive" "$base/$version/$archive" ||
  fail "$archive could not be downloaded."
if command -v sha256sum >/dev/null; then
  actual=$(sha256sum <"$archive")
else
  actual=$(shasum -a 256 <"$archive")
fi
actual=${actual%% *}
if [[ $actual != "$checksum" ]]; then
  rm -f "$archive"
  fail "$archive has the sha256 $actual, but $checksum was expected. It was not run."
fi
tar -xzf "$archive"
binary=$folder/armlint
[[ ! -e $binary.exe ]] || binary=$binary.exe
[[ -x $binary ]] || fail "$archive holds no armlint."
report "$binary"
