#!/bin/sh
# Fails a pipeline when the latest version of a hardened image has more critical or high findings
# than allowed. Needs curl and jq, and an API key with the scope read:catalog.
#
#   PODARMOR_URL=https://portal.example PODARMOR_API_KEY=pa_live_… MAX_CRITICAL=0 MAX_HIGH=5 \
#     sh ci-gate.sh IMAGE_ID
#
# Exit codes: 0 pass, 1 too many findings, 2 the counts could not be had (which is no pass).
set -eu

image=${1:?usage: ci-gate.sh IMAGE_ID}
url=${PODARMOR_URL:?set PODARMOR_URL}
key=${PODARMOR_API_KEY:?set PODARMOR_API_KEY}
max_critical=${MAX_CRITICAL:-0}
max_high=${MAX_HIGH:-}

# The key goes in by a file of options: on the command line everybody on the machine could read it.
answer=$(printf 'header = "Authorization: Bearer %s"\n' "$key" |
	curl --silent --show-error --fail --config - "$url/v1/images/$image") || exit 2

critical=$(printf '%s' "$answer" | jq -e '.vulnerabilityCounts.critical') || exit 2
high=$(printf '%s' "$answer" | jq -e '.vulnerabilityCounts.high') || exit 2
name=$(printf '%s' "$answer" | jq -r '.name + " " + .latestVersion.version')

echo "$name: $critical critical, $high high"
if [ "$critical" -gt "$max_critical" ]; then
	echo "more than $max_critical critical findings" >&2
	exit 1
fi
if [ -n "$max_high" ] && [ "$high" -gt "$max_high" ]; then
	echo "more than $max_high high findings" >&2
	exit 1
fi
