{{- define "cadaver-exchange.environment" -}}
# Seen in the log, and in the lease: who trades.
- {name: CADAVER_EXCHANGE__LEASE__HOLDER, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
{{- with .Values.search }}
{{- if .secret }}
- name: CADAVER_EXCHANGE__SEARCH__URL
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
# The search engine's own authority is trusted beside the world's.
- {name: SSL_CERT_FILE, value: /etc/ssl/certs/ca-certificates.crt}
- {name: SSL_CERT_DIR, value: /etc/search}
{{- end }}
{{- end }}
{{- end -}}

{{- define "cadaver-exchange.mounts" -}}
{{- if .Values.search.secret }}
- {name: search-authority, mountPath: /etc/search, readOnly: true}
{{- end }}
{{- end -}}

{{- define "cadaver-exchange.volumes" -}}
{{- with .Values.search }}
{{- if .secret }}
- name: search-authority
  secret: {secretName: {{ .authority.secret }}, items: [{key: {{ .authority.key }}, path: search.crt}]}
{{- end }}
{{- end }}
{{- end -}}

{{- define "cadaver-exchange.egress" -}}
{{- if .Values.search.secret }}
# The search engine.
- to: [{podSelector: {matchLabels: {elasticsearch.k8s.elastic.co/cluster-name: catweb-search}}}]
  ports: [{protocol: TCP, port: 9200}]
{{- end }}
{{- end -}}
