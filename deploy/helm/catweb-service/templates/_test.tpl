{{/* `helm test`: the service's own binary asks the service, over its name and through the network policy, whether it is ready. */}}
{{- define "catweb.test" -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "catweb.fullname" . }}-is-ready
  labels:
    app.kubernetes.io/name: {{ .Chart.Name }}
    app.kubernetes.io/instance: {{ .Release.Name }}
    app.kubernetes.io/component: helm-test
    {{- include "catweb.commonLabels" . | nindent 4 }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  serviceAccountName: {{ .Chart.Name }}
  {{- include "catweb.podSecurity" . | nindent 2 }}
  containers:
    - name: health
      image: {{ include "catweb.image" . }}
      imagePullPolicy: IfNotPresent
      args: [health]
      env: {{ include "catweb.environment" (dict "root" . "host" (include "catweb.fullname" .)) | nindent 8 }}
      resources:
        requests: {cpu: 50m, memory: 64Mi, ephemeral-storage: 16Mi}
        limits: {cpu: 100m, memory: 64Mi, ephemeral-storage: 16Mi}
      {{- include "catweb.containerSecurity" . | nindent 6 }}
{{- end -}}
