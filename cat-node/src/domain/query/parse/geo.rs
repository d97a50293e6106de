//! Reads the geo operators.

use serde_json::{Map, Value as Json};

use super::invalid_json;
use crate::domain::error::ParseError;
use crate::domain::geo::{EARTH_RADIUS_KILOMETERS, EARTH_RADIUS_MILES};
use crate::domain::query::Test;
use crate::domain::value::GeoPoint;

/// Most corners of a polygon in a query.
const MAX_CORNERS: usize = 10_000;

fn refuse_within(text: &str) -> ParseError {
    invalid_json(format!("bad $geoWithin value; {text}"))
}

/// A point of the globe; the words are those of the SDKs.
fn on_globe(latitude: f64, longitude: f64) -> Result<GeoPoint, ParseError> {
    let refuse = |name: &str, value: f64, bound: &str| {
        Err(invalid_json(format!(
            "GeoPoint {name} out of bounds: {value} {bound}."
        )))
    };
    match (latitude, longitude) {
        (low, _) if low < -90.0 => refuse("latitude", low, "< -90.0"),
        (high, _) if high > 90.0 => refuse("latitude", high, "> 90.0"),
        (_, low) if low < -180.0 => refuse("longitude", low, "< -180.0"),
        (_, high) if high > 180.0 => refuse("longitude", high, "> 180.0"),
        _ => Ok(GeoPoint {
            latitude,
            longitude,
        }),
    }
}

/// Latitude and longitude of an object that has both.
fn coordinates(json: &Json) -> Option<(f64, f64)> {
    let number = |name: &str| json.get(name)?.as_f64();
    number("latitude").zip(number("longitude"))
}

/// The same of an object that says that it is a point.
fn typed_coordinates(json: &Json) -> Option<(f64, f64)> {
    let is_point = json.get("__type").is_some_and(|kind| kind == "GeoPoint");
    coordinates(json).filter(|_| is_point)
}

/// Latitude and longitude of a pair, longitude first.
fn pair(json: &Json) -> Option<(f64, f64)> {
    match json.as_array().map(Vec::as_slice) {
        Some([longitude, latitude]) => latitude.as_f64().zip(longitude.as_f64()),
        _ => None,
    }
}

/// A point as a list of points holds it.
fn corner(json: &Json) -> Option<(f64, f64)> {
    pair(json).or_else(|| typed_coordinates(json))
}

pub(super) fn near(operand: &Json, all: &Map<String, Json>) -> Result<Test, ParseError> {
    let (latitude, longitude) = coordinates(operand)
        .or_else(|| pair(operand))
        .ok_or_else(|| invalid_json("bad $nearSphere value"))?;
    let units = [
        ("$maxDistance", 1.0),
        ("$maxDistanceInKilometers", EARTH_RADIUS_KILOMETERS),
        ("$maxDistanceInMiles", EARTH_RADIUS_MILES),
        ("$maxDistanceInRadians", 1.0),
    ];
    let given = units
        .iter()
        .find_map(|(name, radius)| all.get(*name).map(|distance| (*name, distance, radius)));
    let max_radians = match given {
        None => None,
        Some((name, distance, radius)) => {
            let distance = distance.as_f64().filter(|distance| *distance >= 0.0);
            let distance = distance.ok_or_else(|| invalid_json(format!("bad {name} value")))?;
            Some(distance / radius)
        }
    };
    Ok(Test::Near {
        point: on_globe(latitude, longitude)?,
        max_radians,
    })
}

pub(super) fn within(operand: &Json) -> Result<Test, ParseError> {
    let malformed = || invalid_json("malformatted $within arg");
    let corners = operand.get("$box").and_then(Json::as_array);
    let Some([south_west, north_east]) = corners.map(Vec::as_slice) else {
        return Err(malformed());
    };
    let point = |json: &Json| {
        let (latitude, longitude) = coordinates(json)
            .or_else(|| pair(json))
            .ok_or_else(malformed)?;
        on_globe(latitude, longitude)
    };
    Ok(Test::WithinBox {
        south_west: point(south_west)?,
        north_east: point(north_east)?,
    })
}

pub(super) fn geo_within(operand: &Json) -> Result<Test, ParseError> {
    if let Some(polygon) = operand.get("$polygon") {
        return within_polygon(polygon);
    }
    let sphere = operand.get("$centerSphere").and_then(Json::as_array);
    let Some([center, radius, ..]) = sphere.map(Vec::as_slice) else {
        return Err(refuse_within(
            "$centerSphere should be an array of Parse.GeoPoint and distance",
        ));
    };
    let center = corner(center).ok_or_else(|| refuse_within("$centerSphere geo point invalid"))?;
    let center = on_globe(center.0, center.1)?;
    let radians = radius.as_f64().filter(|radians| *radians >= 0.0);
    let radians = radians.ok_or_else(|| refuse_within("$centerSphere distance invalid"))?;
    Ok(Test::WithinSphere { center, radians })
}

/// A polygon's own coordinates are taken as MongoDB takes them: longitude first, whatever they were when it was saved.
fn within_polygon(json: &Json) -> Result<Test, ParseError> {
    let is_polygon = json.get("__type").is_some_and(|kind| kind == "Polygon");
    let (points, too_few) = if is_polygon {
        let text = "Polygon.coordinates should contain at least 3 lon/lat pairs";
        (json.get("coordinates").and_then(Json::as_array), text)
    } else {
        let points = json.as_array().ok_or_else(|| {
            refuse_within("$polygon should be Polygon object or Array of Parse.GeoPoint's")
        })?;
        (Some(points), "$polygon should contain at least 3 GeoPoints")
    };
    let points = points
        .filter(|points| points.len() >= 3)
        .ok_or_else(|| refuse_within(too_few))?;
    if points.len() > MAX_CORNERS {
        return Err(refuse_within("$polygon has too many corners"));
    }
    let mut ring = Vec::with_capacity(points.len() + 1);
    for point in points {
        let (latitude, longitude) =
            corner(point).ok_or_else(|| invalid_json("bad $geoWithin value"))?;
        ring.push(on_globe(latitude, longitude)?);
    }
    if ring.first() != ring.last() {
        ring.push(ring[0]);
    }
    Ok(Test::WithinPolygon(ring))
}

pub(super) fn intersects(operand: &Json) -> Result<Test, ParseError> {
    let point = operand.get("$point").and_then(typed_coordinates);
    let (latitude, longitude) =
        point.ok_or_else(|| invalid_json("bad $geoIntersect value; $point should be GeoPoint"))?;
    Ok(Test::PolygonContains(on_globe(latitude, longitude)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn point(latitude: f64, longitude: f64) -> Json {
        json!({"__type": "GeoPoint", "latitude": latitude, "longitude": longitude})
    }

    #[test]
    fn what_is_no_place_is_refused_in_the_words_that_sdks_know() {
        let here = point(0.0, 0.0);
        for (found, text) in [
            (within(&json!({"$box": [here]})), "malformatted $within arg"),
            (
                geo_within(&json!({"$centerSphere": [here, -1]})),
                "bad $geoWithin value; $centerSphere distance invalid",
            ),
            (
                geo_within(&json!({"$polygon": [here, here]})),
                "bad $geoWithin value; $polygon should contain at least 3 GeoPoints",
            ),
            (
                geo_within(&json!({"$polygon": {"__type": "Polygon"}})),
                "bad $geoWithin value; Polygon.coordinates should contain at least 3 lon/lat pairs",
            ),
            (
                intersects(&json!({"$point": [0, 0]})),
                "bad $geoIntersect value; $point should be GeoPoint",
            ),
            (
                intersects(&json!({"$point": point(91.0, 0.0)})),
                "GeoPoint latitude out of bounds: 91 > 90.0.",
            ),
            (
                intersects(&json!({"$point": point(0.0, -181.0)})),
                "GeoPoint longitude out of bounds: -181 < -180.0.",
            ),
        ] {
            let error = found.unwrap_err();
            assert_eq!((error.code.0, error.message.as_str()), (107, text));
        }
    }

    #[test]
    fn distances_come_in_four_units() {
        let radians =
            |name: &str| match near(&point(1.0, 1.0), json!({name: 6371}).as_object().unwrap()) {
                Ok(Test::Near { max_radians, .. }) => max_radians,
                other => panic!("{other:?}"),
            };
        assert_eq!(radians("$maxDistance"), Some(6371.0));
        assert_eq!(radians("$maxDistanceInRadians"), Some(6371.0));
        assert_eq!(radians("$maxDistanceInKilometers"), Some(1.0));
        assert_eq!(radians("$maxDistanceInMiles"), Some(6371.0 / 3959.0));
        assert_eq!(radians("$other"), None);
    }
}
