//! Runs a pipeline over a class, or gathers the different values of a field; for the master key.

use serde_json::Value as Json;

use super::{Failure, resolve_where};
use crate::caller::{Caller, Key};
use crate::domain::aggregate::columns::{self, Raw};
use crate::domain::aggregate::present::Presenter;
use crate::domain::aggregate::request::AggregateRequest;
use crate::domain::aggregate::{RawStage, refused};
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::names::ClassName;
use crate::domain::query::parse::filter_for_class;
use crate::domain::query::read_options::{Explain, ReadOptions, ReadPreference};
use crate::domain::query::{Filter, Query};
use crate::domain::schema::{ClassSchema, FieldType};
use crate::domain::value::ParseValue;
use crate::node::Node;

/// What the key that only reads may not have MongoDB do: write, or run a client's program.
const WRITING_STAGES: &[&str] = &["$out", "$merge"];
const PROGRAMS: &[&str] = &["$function", "$accumulator", "$where"];

pub async fn aggregate_objects(
    node: &Node,
    caller: &Caller,
    class: &str,
    request: AggregateRequest,
) -> Result<Vec<Json>, Failure> {
    let explain = request.explain.as_ref().map(Explain::parse).transpose()?;
    let preference = request
        .read_preference
        .as_deref()
        .map(ReadPreference::parse);
    let options = ReadOptions {
        hint: request.hint.clone(),
        comment: request.comment.clone(),
        preference: preference.transpose()?.flatten(),
    };
    let Ok(class) = ClassName::parse(class) else {
        return Ok(Vec::new());
    };
    let Some(schema) = node.schema(&class).await? else {
        return Ok(Vec::new());
    };
    let defaults = node.settings.query;
    let raw = Raw {
        values: request
            .raw_values
            .unwrap_or(defaults.aggregation_raw_values),
        field_names: request
            .raw_field_names
            .unwrap_or(defaults.aggregation_raw_field_names),
    };
    if let Some(field) = request.distinct {
        let filter = request.filter;
        return distinct(node, caller, &schema, &field, (filter, options)).await;
    }
    let stages = columns::stages(request.pipeline, &schema, raw)?;
    check_read_only(caller, &stages)?;
    if let Some(explain) = explain {
        let explained = node.storage.explain_aggregate(&class, &stages, explain);
        return Ok(vec![explained.await?]);
    }
    let found = node.storage.aggregate(&class, &stages, &options).await?;
    let presenter = Presenter::new(&schema, raw, &stages);
    let shown = found.into_iter().map(|document| presenter.result(document));
    Ok(shown.collect::<Result<_, _>>()?)
}

async fn distinct(
    node: &Node,
    caller: &Caller,
    schema: &ClassSchema,
    field: &str,
    (filter, options): (Json, ReadOptions),
) -> Result<Vec<Json>, Failure> {
    let filter = if filter.is_null() {
        Filter::everything()
    } else {
        let resolved = resolve_where::resolve(node, caller, &schema.class, filter).await?;
        filter_for_class(schema, &resolved, node.now())?
    };
    let mut query = Query::all(schema.class.clone()).filter(filter);
    query.options = options;
    let column = columns::column(schema, field);
    let values = node.storage.distinct(&query, &column).await?;
    let presenter = Presenter::new(schema, Raw::default(), &[]);
    let is_pointer = matches!(schema.field(field), Some(FieldType::Pointer(_)));
    let shown = values.into_iter().map(|value| match value.as_str() {
        Some(stored) if is_pointer => Ok(pointer(stored)),
        _ => presenter.value(value),
    });
    Ok(shown.collect::<Result<_, _>>()?)
}

fn pointer(stored: &str) -> Json {
    let (class, id) = stored.split_once('$').unwrap_or((stored, ""));
    serde_json::json!({"__type": "Pointer", "className": class, "objectId": id})
}

/// What the key that only reads may not do at all, when the settings say so.
pub fn check_allowed(node: &Node, caller: &Caller) -> Result<(), ParseError> {
    let is_allowed = node.settings.allow_aggregation_for_read_only_master_key;
    if caller.key == Key::ReadOnlyMaster && !is_allowed {
        return Err(ParseError::new(
            ErrorCode::OPERATION_FORBIDDEN,
            "Cannot run an aggregation pipeline when using the readOnlyMasterKey",
        ));
    }
    Ok(())
}

fn check_read_only(caller: &Caller, stages: &[RawStage]) -> Result<(), ParseError> {
    if caller.key != Key::ReadOnlyMaster {
        return Ok(());
    }
    for stage in stages {
        if WRITING_STAGES.contains(&stage.name.as_str()) || has_program(&stage.argument) {
            let name = &stage.name;
            return Err(refused(format!(
                "{name} cannot be run with the readOnlyMasterKey"
            )));
        }
    }
    Ok(())
}

fn has_program(value: &ParseValue) -> bool {
    match value {
        ParseValue::Array(items) => items.iter().any(has_program),
        ParseValue::Object(fields) => fields.iter().any(|(name, value)| {
            let name = name.as_str();
            PROGRAMS.contains(&name) || WRITING_STAGES.contains(&name) || has_program(value)
        }),
        _ => false,
    }
}
