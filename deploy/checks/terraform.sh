#!/usr/bin/env bash
# checks: deploy/terraform (format, validate and tests with the Google provider's real schema, tflint, checkov)
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

readonly TFLINT=v0.64.0 TERRAFORM=v1.11.4
here=$DEPLOY/terraform

command -v terraform >/dev/null || go_tool terraform github.com/hashicorp/terraform "$TERRAFORM"
go_tool tflint github.com/terraform-linters/tflint "$TFLINT"
python_tools checkov "$here/checkov.requirements.txt"
TF_CLI_CONFIG_FILE=$("$here/schema/install.sh")
export TF_CLI_CONFIG_FILE TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

terraform fmt -check -diff -recursive "$here" 2>/dev/null || fail "run: terraform fmt -recursive deploy/terraform"

# Every folder with a versions.tf is a root or a module. The warning that the provider is in another's place is expected, and left out.
without_override_warning() { sed '/^╷$/,/^╵$/{/Provider development overrides/,/^╵$/d}' | grep -vE '^(╷|╵|│ *|)$|validation warnings as shown above' || true; }

check_folder() {
  local folder=$1
  export TF_DATA_DIR=$work/$folder
  mkdir -p "$TF_DATA_DIR"
  cd "$here/$folder"
  terraform get >/dev/null 2>"$TF_DATA_DIR/log" || { cat "$TF_DATA_DIR/log" >&2; fail "$folder: its modules cannot be read"; }
  terraform validate -no-color >"$TF_DATA_DIR/log" 2>&1 || { without_override_warning <"$TF_DATA_DIR/log" >&2; fail "$folder: not valid"; }
  if compgen -G 'tests/*.tftest.hcl' >/dev/null; then
    terraform test -no-color >"$TF_DATA_DIR/log" 2>&1 || { without_override_warning <"$TF_DATA_DIR/log" >&2; fail "$folder: a test failed"; }
    say "$folder: valid; $(grep -o '[0-9]* passed' "$TF_DATA_DIR/log") "
  else
    say "$folder: valid"
  fi
}

mapfile -t folders < <(cd "$here" && find . -name versions.tf -printf '%h\n' | sed 's|^\./||' | sort)
for folder in "${folders[@]}"; do (check_folder "$folder"); done

# Who adds a module adds its test; `platform` is tested through the roots.
for folder in "${folders[@]}"; do
  [[ $folder == modules/platform ]] || compgen -G "$here/$folder/tests/*.tftest.hcl" >/dev/null || fail "$folder has no test"
done

tflint --chdir="$here" --recursive --config="$here/.tflint.hcl" --minimum-failure-severity=notice
say "tflint: nothing found"
checkov --directory "$here" --framework terraform --skip-download --compact --quiet
say "checkov: nothing found"
