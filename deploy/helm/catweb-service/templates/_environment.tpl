{{/* A process's environment: where it listens (or whom it asks), its database, the bus, how it stops, what the chart and the operator add. */}}
{{- define "catweb.environment" -}}
{{- $host := .host -}}
{{- with .root -}}
{{- $prefix := include "catweb.prefix" . -}}
- {name: {{ $prefix }}__HTTP__HOST, value: {{ $host | quote }}}
- {name: {{ $prefix }}__HTTP__PORT, value: {{ .Values.port | quote }}}
- {name: {{ $prefix }}__HTTP__SHUTDOWN_DEADLINE_S, value: {{ .Values.drain.requestSeconds | quote }}}
- {name: {{ $prefix }}__RELAY__FLUSH_DEADLINE_MS, value: {{ mul .Values.drain.flushSeconds 1000 | quote }}}
- {name: {{ $prefix }}__LOG__FORMAT, value: json}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.existingSecrets.database.name }}
      key: {{ .Values.existingSecrets.database.key }}
- {name: GOOGLE_CLOUD_PROJECT, value: {{ .Values.google.project | quote }}}
{{- with .Values.bus.emulatorHost }}
- {name: PUBSUB_EMULATOR_HOST, value: {{ . | quote }}}
- {name: {{ $prefix }}__BUS__ALLOW_REMOTE_EMULATOR, value: "true"}
{{- end }}
{{- if .Values.google.federation.configMap }}
- {name: GOOGLE_APPLICATION_CREDENTIALS, value: /var/run/google/credentials.json}
{{- end }}
{{- with include (printf "%s.environment" .Chart.Name) . | trim }}
{{ . }}
{{- end }}
{{- range .Values.existingSecrets.environment }}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- {name: {{ $prefix }}__{{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end -}}
{{- end -}}

{{/* The cluster's token and what to exchange it for, where the cluster is not Google's. */}}
{{- define "catweb.identityVolume" -}}
{{- with .Values.google.federation }}
{{- if .configMap }}
- name: google-identity
  projected:
    sources:
      - serviceAccountToken: {audience: {{ .audience | quote }}, expirationSeconds: 3600, path: token}
      - configMap:
          name: {{ .configMap }}
          items: [{key: credentials.json, path: credentials.json}]
{{- end }}
{{- end }}
{{- end -}}
