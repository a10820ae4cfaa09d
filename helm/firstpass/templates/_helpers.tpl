{{- define "firstpass.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "firstpass.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else if contains (include "firstpass.name" .) .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "firstpass.name" .) | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "firstpass.selector" -}}
app.kubernetes.io/name: {{ include "firstpass.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "firstpass.labels" -}}
{{ include "firstpass.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "firstpass.serviceAccount" -}}
{{- default (include "firstpass.fullname" .) .Values.serviceAccount.existing -}}
{{- end -}}

{{- define "firstpass.image" -}}
{{- with .Values.image.registry }}{{ . }}/{{ end -}}
{{- .Values.image.repository -}}
{{- if .Values.image.digest -}}
@{{ .Values.image.digest }}
{{- else -}}
:{{ default (printf "%s%s" .Chart.AppVersion (ternary "-cuda" "" .Values.gpu.enabled)) .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* Whether servers share a registry: "true" or nothing. */}}
{{- define "firstpass.shared" -}}
{{- if .Values.registry.database }}true{{ end -}}
{{- end -}}

{{/* Whether callers show tokens: "true" or nothing. */}}
{{- define "firstpass.guarded" -}}
{{- if ne (dig "security" "authentication" "none" .Values.settings) "none" }}true{{ end -}}
{{- end -}}

{{/* The Secret with the certificate, or nothing where there is none. */}}
{{- define "firstpass.tlsSecret" -}}
{{- if .Values.tls.secret -}}
{{- .Values.tls.secret -}}
{{- else if .Values.tls.certificate.enabled -}}
{{- include "firstpass.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{/* What the listeners speak: http or https. */}}
{{- define "firstpass.scheme" -}}
{{- if include "firstpass.tlsSecret" . }}https{{ else }}http{{ end -}}
{{- end -}}

{{/* Names of all Services, as clients in the cluster may write them. */}}
{{- define "firstpass.hostNames" -}}
{{- $names := list -}}
{{- $root := . -}}
{{- range $suffix := list "" "-headless" "-management" -}}
{{- $service := printf "%s%s" (include "firstpass.fullname" $root) $suffix -}}
{{- $names = concat $names (list $service (printf "%s.%s" $service $root.Release.Namespace) (printf "%s.%s.svc" $service $root.Release.Namespace) (printf "%s.%s.svc.cluster.local" $service $root.Release.Namespace)) -}}
{{- end -}}
{{- join "," (concat $names .Values.hostNames) -}}
{{- end -}}

{{/*
Settings as lines of `dotted.key: "value"`, which the server reads like levels. All as text, since Helm turns 10000000 into 1e+07.
Takes a list of the key's beginning and the mapping below it.
*/}}
{{- define "firstpass.settings" -}}
{{- $prefix := index . 0 -}}
{{- range $key, $value := index . 1 -}}
{{- $name := printf "%s%s" $prefix $key -}}
{{- if kindIs "map" $value -}}
{{- include "firstpass.settings" (list (printf "%s." $name) $value) -}}
{{- else if kindIs "slice" $value }}
{{ $name }}: {{ join "," $value | quote }}
{{- else if kindIs "float64" $value }}
{{ $name }}: {{ $value | int64 | toString | quote }}
{{- else if not (kindIs "invalid" $value) }}
{{ $name }}: {{ $value | toString | quote }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The settings that the chart decides. */}}
{{- define "firstpass.decided" -}}
{{- $longest := .Values.shutdown.longestRequestSeconds | int -}}
host: "0.0.0.0"
port: "8080"
admin-host: "0.0.0.0"
admin-port: "8081"
{{- if .Values.grpcPort }}
grpc-port: {{ .Values.grpcPort | int | toString | quote }}
{{- end }}
{{- if include "firstpass.tlsSecret" . }}
security.tls.certificate: "/etc/firstpass/tls/tls.crt"
security.tls.key: "/etc/firstpass/tls/tls.key"
{{- end }}
limits.timeout: "{{ min 30 $longest }}s"
limits.max-timeout: "{{ $longest }}s"
drain.delay: "{{ .Values.shutdown.drainDelaySeconds | int }}s"
drain.limit: "{{ $longest }}s"
{{- if .Values.models.existingClaim }}
model-dir: "/models"
{{- end }}
{{- if and .Values.gpu.enabled (not (hasKey .Values.settings "devices")) }}
{{- $devices := list }}
{{- range $number := until (.Values.gpu.count | int) }}
{{- $devices = append $devices (printf "cuda:%d" $number) }}
{{- end }}
devices: {{ join "," $devices | quote }}
{{- end }}
{{- with .Values.registry }}
{{- if .database }}
registry.database: {{ .database | quote }}
registry.bucket: {{ .bucket | quote }}
{{- with .databaseUser }}
registry.database-user: {{ . | quote }}
{{- end }}
{{- if .databasePasswordSecret.name }}
registry.database-password-file: "/etc/firstpass/database/{{ .databasePasswordSecret.key }}"
{{- end }}
{{- with .bucketEndpoint }}
registry.bucket-endpoint: {{ . | quote }}
{{- end }}
{{- with .bucketRegion }}
registry.bucket-region: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Refuses values that do not go together, with the mend. */}}
{{- define "firstpass.check" -}}
{{- $several := or (gt (.Values.replicas | int) 1) (ne .Values.autoscaling.kind "none") -}}
{{- if ne (empty .Values.registry.database) (empty .Values.registry.bucket) -}}
{{- fail "registry.database and registry.bucket: one without the other (expected: both, or neither)" -}}
{{- end -}}
{{- if and $several (not (include "firstpass.shared" .)) -}}
{{- fail "replicas, autoscaling.kind: several servers need a registry that they share (expected: registry.database and registry.bucket)" -}}
{{- end -}}
{{- if and $several .Values.data.persistent -}}
{{- fail "data.persistent: each server needs a data directory of its own (expected: data.persistent: false)" -}}
{{- end -}}
{{- if and (include "firstpass.shared" .) .Values.networkPolicy.enabled (empty .Values.networkPolicy.egress) -}}
{{- fail "networkPolicy.egress: empty, so that PostgreSQL and S3 would not be reached (expected: rules that let them and DNS through)" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (empty .Values.networkPolicy.egress) (or (dig "assets" "urls" "" .Values.settings) (dig "assets" "buckets" "" .Values.settings)) -}}
{{- fail "networkPolicy.egress: empty, so that the places of settings.assets would not be reached (expected: rules that let them and DNS through)" -}}
{{- end -}}
{{- $collector := dig "observability" "otlp-endpoint" "" .Values.settings | toString -}}
{{- if and .Values.networkPolicy.enabled (empty .Values.networkPolicy.egress) $collector (not (regexMatch "^https?://(localhost|127\\.|\\[::1\\])" $collector)) -}}
{{- fail "networkPolicy.egress: empty, so that settings.observability.otlp-endpoint would not be reached (expected: rules that let it and DNS through)" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (empty .Values.networkPolicy.egress) (hasPrefix "https://" (dig "security" "oidc" "jwks" "" .Values.settings | toString)) -}}
{{- fail "networkPolicy.egress: empty, so that the address in settings.security.oidc.jwks would not be reached (expected: rules that let it and DNS through; or the path of a file)" -}}
{{- end -}}
{{- if eq (dig "security" "tls" "client-certificates" "" .Values.settings | toString) "required" -}}
{{- fail "settings.security.tls.client-certificates: required, so that no probe would pass (expected: optional)" -}}
{{- end -}}
{{- if and (not (include "firstpass.guarded" .)) (not (dig "insecure" false .Values.settings)) -}}
{{- fail "settings.security.authentication: none, so that everybody may do everything (expected: tokens; or settings.insecure: true beside it)" -}}
{{- end -}}
{{- if and .Values.tls.certificate.enabled (empty .Values.tls.certificate.issuer.name) -}}
{{- fail "tls.certificate.issuer.name: empty (expected: an Issuer or ClusterIssuer of cert-manager)" -}}
{{- end -}}
{{- if and (gt (.Values.autoscaling.minReplicas | int) (.Values.autoscaling.maxReplicas | int)) (ne .Values.autoscaling.kind "none") -}}
{{- fail "autoscaling.minReplicas: more than autoscaling.maxReplicas" -}}
{{- end -}}
{{- if and (eq (.Values.rollout.maxSurge | toString) "0") (eq (.Values.rollout.maxUnavailable | toString) "0") -}}
{{- fail "rollout: maxSurge and maxUnavailable are both 0 (expected: one of them above)" -}}
{{- end -}}
{{- end -}}
