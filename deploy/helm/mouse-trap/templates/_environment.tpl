{{- define "mouse-trap.environment" -}}
- {name: MOUSE_TRAP__RESIDENCY__JURISDICTION, value: {{ .Values.location.jurisdiction }}}
{{- end -}}

{{- define "mouse-trap.mounts" -}}
{{- end -}}

{{- define "mouse-trap.volumes" -}}
{{- end -}}

{{- define "mouse-trap.egress" -}}
{{- end -}}
