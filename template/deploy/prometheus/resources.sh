#!/bin/sh
# Writes the rules of Prometheus anew as resources of the Prometheus Operator, which kustomize cannot
# make of them: `sh deploy/prometheus/resources.sh`, after each change to a rule.
set -eu
cd "$(dirname "$0")"

for file in rules/*; do
  name=${file##*/}
  {
    cat <<END
# Written by deploy/prometheus/resources.sh, from deploy/prometheus/rules/${name%%.*}.yaml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ${name%%.*}
spec:
END
    sed 's/^./  &/' "$file"
  } >"../kubernetes/components/monitoring/rules/$name"
done
