{{- define "cat-node.environment" -}}
- {name: PARSE_SERVER_APPLICATION_ID, value: {{ .Values.parse.applicationId | quote }}}
- name: PARSE_SERVER_MASTER_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .Values.parse.masterKey.secret }}
      key: {{ .Values.parse.masterKey.key }}
- {name: PARSE_SERVER_TRUST_PROXY, value: {{ .Values.parse.proxies | quote }}}
- {name: PARSE_SERVER_URL, value: https://{{ include "catweb.host" . }}/parse}
- {name: PARSE_PUBLIC_SERVER_URL, value: https://{{ include "catweb.host" . }}/parse}
# The way to itself leads over the load balancer, which the network policy does not let it go.
- {name: PARSE_SERVER_VERIFY_SERVER_URL, value: "false"}
{{- end -}}

{{- define "cat-node.mounts" -}}
{{- end -}}

{{- define "cat-node.volumes" -}}
{{- end -}}

{{- define "cat-node.egress" -}}
{{- end -}}
