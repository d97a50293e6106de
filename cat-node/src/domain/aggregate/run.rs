//! Runs a pipeline on documents in memory, stage by stage.

use super::flow::Flow;
use super::stage::{Outside, Stage};
use super::{Document, RawStage};
use crate::domain::error::ParseError;

/// What comes out of the stages.
pub fn run(
    stages: &[Stage],
    documents: Vec<Document>,
    outside: &Outside<'_>,
) -> Result<Vec<Document>, ParseError> {
    let mut flow = Flow::new(stages, outside);
    flow.push(documents)?;
    flow.finish()
}

/// Reads a pipeline; every stage and operator that is not known here is refused by its name.
pub fn read(stages: &[RawStage]) -> Result<Vec<Stage>, ParseError> {
    Stage::read_all(stages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::aggregate::columns::{self, Raw};
    use crate::domain::aggregate::document::Collections;
    use crate::domain::aggregate::literal::{from_extended_json, to_extended_json};
    use crate::domain::aggregate::meter::Meter;
    use crate::domain::names::ClassName;
    use crate::domain::schema::ClassSchema;
    use crate::domain::value::ParseValue;
    use serde_json::{Value as Json, json};

    struct Cats;

    impl Collections for Cats {
        fn documents(&self, class: &str) -> Result<Vec<Document>, ParseError> {
            assert_eq!(class, "Cat");
            Ok(documents(
                &json!([{"_id": "c1", "name": "tom"}, {"_id": "c2", "name": "kit"}]),
            ))
        }
    }

    fn documents(json: &Json) -> Vec<Document> {
        let items = json.as_array().unwrap().iter();
        let objects = items.map(|item| match from_extended_json(item) {
            ParseValue::Object(fields) => fields,
            other => panic!("{other:?}"),
        });
        objects.collect()
    }

    fn run_with(given: &Json, pipeline: &Json, meter: &Meter) -> Result<Json, String> {
        let stages = pipeline.as_array().unwrap().iter().map(|stage| {
            let (name, argument) = stage.as_object().unwrap().iter().next().unwrap();
            Some((name.clone(), argument.clone()))
        });
        let schema = ClassSchema::new(ClassName::internal("Game"));
        let raw = Raw {
            values: true,
            field_names: true,
        };
        let stages = columns::stages(stages.collect(), &schema, raw).unwrap();
        let stages = read(&stages).map_err(|error| error.message)?;
        let outside = Outside {
            collections: &Cats,
            meter,
            random_below: &|_| 0,
        };
        let found = run(&stages, documents(given), &outside).map_err(|error| error.message)?;
        Ok(found
            .into_iter()
            .map(|found| to_extended_json(&ParseValue::Object(found)))
            .collect())
    }

    fn games() -> Json {
        json!([
            {"_id": "a", "kind": "rat", "n": 3, "tags": ["x", "y"], "cat": "c1", "at": {"$date": "2020-02-29T23:30:00.000Z"}},
            {"_id": "b", "kind": "mouse", "n": 1, "tags": [], "cat": "c2", "deep": {"k": [1, {"m": 2}]}},
            {"_id": "c", "kind": "rat", "n": null, "tags": ["y"]},
        ])
    }

    fn computed(expression: &Json) -> Result<Json, String> {
        let first = json!([games()[0].clone()]);
        let found = run_with(
            &first,
            &json!([{"$project": {"_id": 0, "r": expression}}]),
            &Meter::default(),
        )?;
        Ok(found[0]["r"].clone())
    }

    #[test]
    fn stages_do_what_mongodb_does() {
        for (pipeline, expected) in [
            (
                json!([{"$group": {"_id": "$kind", "sum": {"$sum": "$n"}, "avg": {"$avg": "$n"}, "all": {"$push": "$n"}, "c": {"$count": {}}}}]),
                json!([{"_id": "rat", "sum": 3, "avg": 3, "all": [3, null], "c": 2}, {"_id": "mouse", "sum": 1, "avg": 1, "all": [1], "c": 1}]),
            ),
            (
                json!([{"$unwind": "$tags"}, {"$sortByCount": "$tags"}]),
                json!([{"_id": "y", "count": 2}, {"_id": "x", "count": 1}]),
            ),
            (
                json!([{"$unwind": {"path": "$tags", "preserveNullAndEmptyArrays": true, "includeArrayIndex": "i"}}, {"$project": {"tags": 1, "i": 1}}]),
                json!([{"_id": "a", "tags": "x", "i": 0}, {"_id": "a", "tags": "y", "i": 1}, {"_id": "b", "i": null}, {"_id": "c", "tags": "y", "i": 0}]),
            ),
            (
                json!([{"$sort": {"n": -1, "_id": 1}}, {"$skip": 1}, {"$limit": 1}, {"$project": {"_id": 1}}]),
                json!([{"_id": "b"}]),
            ),
            (
                json!([{"$match": {"tags": "x"}}, {"$count": "c"}]),
                json!([{"c": 1}]),
            ),
            (
                json!([{"$match": {"deep.k.m": 2}}, {"$project": {"deep.k.m": 1}}]),
                json!([{"_id": "b", "deep": {"k": [{"m": 2}]}}]),
            ),
            (
                json!([{"$limit": 1}, {"$lookup": {"from": "Cat", "localField": "cat", "foreignField": "_id", "as": "cats"}}, {"$project": {"cats": 1}}]),
                json!([{"_id": "a", "cats": [{"_id": "c1", "name": "tom"}]}]),
            ),
            (
                json!([{"$facet": {"rats": [{"$match": {"kind": "rat"}}, {"$count": "c"}], "none": [{"$match": {"n": 99}}]}}]),
                json!([{"rats": [{"c": 2}], "none": []}]),
            ),
            (
                json!([{"$bucket": {"groupBy": "$n", "boundaries": [0, 2, 4], "default": "other"}}]),
                json!([{"_id": 0, "count": 1}, {"_id": 2, "count": 1}, {"_id": "other", "count": 1}]),
            ),
            (
                json!([{"$limit": 1}, {"$replaceRoot": {"newRoot": {"k": "$kind"}}}, {"$addFields": {"l.m": 1}}, {"$unset": "k"}]),
                json!([{"l": {"m": 1}}]),
            ),
            (
                json!([{"$match": {"$expr": {"$gt": ["$n", 2]}}}, {"$project": {"n": 1, "_id": 0}}]),
                json!([{"n": 3}]),
            ),
            (
                json!([{"$match": {"n": {"$not": {"$gt": 2}}, "kind": {"$regex": "^R", "$options": "i"}}}, {"$project": {"_id": 1}}]),
                json!([{"_id": "c"}]),
            ),
            (
                json!([{"$match": {"at": {"$exists": false}, "tags": {"$size": 0}}}, {"$project": {"kind": 1}}]),
                json!([{"_id": "b", "kind": "mouse"}]),
            ),
            (
                json!([{"$project": {"tags": 0, "at": 0, "deep": 0, "cat": 0, "n": 0}}, {"$limit": 1}]),
                json!([{"_id": "a", "kind": "rat"}]),
            ),
        ] {
            assert_eq!(
                run_with(&games(), &pipeline, &Meter::default()).unwrap(),
                expected,
                "{pipeline}"
            );
        }
    }

    #[test]
    fn expressions_do_what_mongodb_does() {
        for (expression, expected) in [
            (json!({"$add": ["$n", 2, {"$multiply": [2, 3]}]}), json!(11)),
            (json!({"$divide": ["$n", 2]}), json!(1.5)),
            (json!({"$round": [2.5]}), json!(2)),
            (
                json!({"$concat": ["$kind", "-", {"$toString": "$n"}]}),
                json!("rat-3"),
            ),
            (json!({"$toUpper": "$kind"}), json!("RAT")),
            (json!({"$substrCP": ["$kind", 1, 5]}), json!("at")),
            (json!({"$split": ["a,b", ","]}), json!(["a", "b"])),
            (json!({"$year": "$at"}), json!(2020)),
            (
                json!({"$dayOfMonth": {"date": "$at", "timezone": "+01:00"}}),
                json!(1),
            ),
            (
                json!({"$dateToString": {"date": "$at", "format": "%Y-%m-%d %H:%M"}}),
                json!("2020-02-29 23:30"),
            ),
            (
                json!({"$dateAdd": {"startDate": "$at", "unit": "year", "amount": 1}}),
                json!({"$date": "2021-02-28T23:30:00.000Z"}),
            ),
            (
                json!({"$dateTrunc": {"date": "$at", "unit": "week"}}),
                json!({"$date": "2020-02-23T00:00:00.000Z"}),
            ),
            (
                json!({"$dateDiff": {"startDate": "$at", "endDate": {"$toDate": "2020-03-01T00:00:00.000Z"}, "unit": "day"}}),
                json!(1),
            ),
        ] {
            assert_eq!(computed(&expression).unwrap(), expected, "{expression}");
        }
    }

    #[test]
    fn conditions_and_arrays_do_what_mongodb_does() {
        for (expression, expected) in [
            (
                json!({"$cond": [{"$gte": ["$n", 3]}, "many", "few"]}),
                json!("many"),
            ),
            (
                json!({"$switch": {"branches": [{"case": {"$eq": ["$kind", "rat"]}, "then": 1}], "default": 2}}),
                json!(1),
            ),
            (json!({"$ifNull": ["$nothing", "$n"]}), json!(3)),
            (json!({"$arrayElemAt": ["$tags", -1]}), json!("y")),
            (
                json!({"$map": {"input": "$tags", "as": "t", "in": {"$concat": ["$$t", "!"]}}}),
                json!(["x!", "y!"]),
            ),
            (
                json!({"$filter": {"input": "$tags", "cond": {"$eq": ["$$this", "x"]}}}),
                json!(["x"]),
            ),
            (
                json!({"$reduce": {"input": [1, 2, 3], "initialValue": 0, "in": {"$add": ["$$value", "$$this"]}}}),
                json!(6),
            ),
            (
                json!({"$setUnion": ["$tags", ["x", "z"]]}),
                json!(["x", "y", "z"]),
            ),
            (json!({"$size": "$tags"}), json!(2)),
            (json!({"$literal": "$n"}), json!("$n")),
            (
                json!({"$let": {"vars": {"m": {"$add": ["$n", 1]}}, "in": {"$multiply": ["$$m", "$$m"]}}}),
                json!(16),
            ),
            (
                json!({"$mergeObjects": [{"a": 1}, {"b": "$n"}]}),
                json!({"a": 1, "b": 3}),
            ),
            (json!({"$type": "$n"}), json!("int")),
            (json!({"$strcasecmp": ["$kind", "RAT"]}), json!(0)),
            (json!({"$cmp": ["$n", "text"]}), json!(-1)),
        ] {
            assert_eq!(computed(&expression).unwrap(), expected, "{expression}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (pipeline, text) in [
            (
                json!([{"$foo": 1}]),
                "Unrecognized pipeline stage name: '$foo'",
            ),
            (
                json!([{"$out": "x"}]),
                "Unrecognized pipeline stage name: '$out'",
            ),
            (
                json!([{"$group": {"_id": null, "x": {"$foo": 1}}}]),
                "unknown group operator '$foo'",
            ),
            (
                json!([{"$match": {"n": {"$foo": 1}}}]),
                "unknown operator: $foo",
            ),
            (
                json!([{"$match": {"$where": "x"}}]),
                "unknown top level operator: $where",
            ),
            (
                json!([{"$project": {"x": {"$function": {}}}}]),
                "Invalid $project :: caused by :: Unknown expression $function",
            ),
            (
                json!([{"$addFields": {"x": {"$foo": 1}}}]),
                "Unrecognized expression '$foo'",
            ),
        ] {
            assert_eq!(
                run_with(&json!([]), &pipeline, &Meter::default()).unwrap_err(),
                text
            );
        }
        assert_eq!(
            computed(&json!({"$divide": [1, 0]})).unwrap_err(),
            "can't $divide by zero"
        );
    }

    #[test]
    fn a_pipeline_that_costs_too_much_is_stopped() {
        let endless = json!([{"$project": {"r": {"$reduce": {
            "input": {"$range": [0, 50_000]},
            "initialValue": 0,
            "in": {"$size": {"$map": {"input": {"$range": [0, 50_000]}, "in": 1}}},
        }}}}]);
        let stopped = run_with(&games(), &endless, &Meter::with_steps(1_000_000));
        assert_eq!(stopped.unwrap_err(), "The aggregation takes too long.");
        let wide = json!([{"$project": {"r": {"$range": [0, 1_000_000]}}}]);
        assert!(run_with(&games(), &wide, &Meter::default()).is_err());
    }
}
