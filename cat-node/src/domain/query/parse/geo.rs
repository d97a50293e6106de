//! Reads the geo operators.

use serde_json::{Map, Value as Json};

use super::invalid_json;
use crate::domain::error::ParseError;
use crate::domain::geo::{EARTH_RADIUS_KILOMETERS, EARTH_RADIUS_MILES};
use crate::domain::query::Test;
use crate::domain::value::json::value_from_json;
use crate::domain::value::{GeoPoint, ParseValue};

fn geo_point(json: &Json) -> Option<GeoPoint> {
    match value_from_json(json).ok()? {
        ParseValue::GeoPoint(point) => Some(point),
        ParseValue::Array(pair) => match pair.as_slice() {
            [ParseValue::Number(longitude), ParseValue::Number(latitude)] => Some(GeoPoint {
                latitude: *latitude,
                longitude: *longitude,
            }),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn near(operand: &Json, all: &Map<String, Json>) -> Result<Test, ParseError> {
    let point = geo_point(operand).ok_or_else(|| invalid_json("bad $nearSphere value"))?;
    let distance = |name: &str| all.get(name).and_then(Json::as_f64);
    let max_radians = distance("$maxDistance")
        .or_else(|| distance("$maxDistanceInRadians"))
        .or_else(|| distance("$maxDistanceInMiles").map(|miles| miles / EARTH_RADIUS_MILES))
        .or_else(|| distance("$maxDistanceInKilometers").map(|km| km / EARTH_RADIUS_KILOMETERS));
    Ok(Test::Near { point, max_radians })
}

pub(super) fn within(operand: &Json) -> Result<Test, ParseError> {
    let corners = operand
        .get("$box")
        .and_then(Json::as_array)
        .map(Vec::as_slice);
    match corners {
        Some([south_west, north_east]) => match (geo_point(south_west), geo_point(north_east)) {
            (Some(south_west), Some(north_east)) => Ok(Test::WithinBox {
                south_west,
                north_east,
            }),
            _ => Err(invalid_json("malformatted $within arg")),
        },
        _ => Err(invalid_json("malformatted $within arg")),
    }
}

pub(super) fn geo_within(operand: &Json) -> Result<Test, ParseError> {
    if let Some(polygon) = operand.get("$polygon") {
        return within_polygon(polygon);
    }
    let refuse = |text: &str| invalid_json(format!("bad $geoWithin value; {text}"));
    let sphere = operand
        .get("$centerSphere")
        .and_then(Json::as_array)
        .map(Vec::as_slice);
    let Some([center, radius]) = sphere else {
        return Err(refuse(
            "$centerSphere should be an array of Parse.GeoPoint and distance",
        ));
    };
    let center = geo_point(center).ok_or_else(|| refuse("$centerSphere geo point invalid"))?;
    let radians = radius.as_f64().filter(|radians| *radians >= 0.0);
    let radians = radians.ok_or_else(|| refuse("$centerSphere distance invalid"))?;
    Ok(Test::WithinSphere { center, radians })
}

fn within_polygon(json: &Json) -> Result<Test, ParseError> {
    let refuse = |text: &str| invalid_json(format!("bad $geoWithin value; {text}"));
    if json.get("__type").is_some_and(|kind| kind == "Polygon") {
        return match value_from_json(json)? {
            ParseValue::Polygon(ring) => Ok(Test::WithinPolygon(ring)),
            _ => Err(refuse(
                "Polygon.coordinates should contain at least 3 lon/lat pairs",
            )),
        };
    }
    let points = json.as_array();
    let points = points
        .ok_or_else(|| refuse("$polygon should be Polygon object or Array of Parse.GeoPoint's"))?;
    if points.len() < 3 {
        return Err(refuse("$polygon should contain at least 3 GeoPoints"));
    }
    let mut ring = Vec::with_capacity(points.len() + 1);
    for point in points {
        ring.push(geo_point(point).ok_or_else(|| invalid_json("bad $geoWithin value"))?);
    }
    if ring.first() != ring.last() {
        ring.push(ring[0]);
    }
    Ok(Test::WithinPolygon(ring))
}

pub(super) fn intersects(operand: &Json) -> Result<Test, ParseError> {
    let point = operand.get("$point").and_then(geo_point);
    let point =
        point.ok_or_else(|| invalid_json("bad $geoIntersect value; $point should be GeoPoint"))?;
    Ok(Test::PolygonContains(point))
}
