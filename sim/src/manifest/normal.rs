//! The form in which the API server keeps data, whatever it was typed like.
//!
//! Reading JSON into Go structs and writing it again loses nulls, empty lists and zeros of fields
//! that are no pointers, and writes quantities in one way: `0.5` cpu is `500m`. Templates compare
//! equal when these forms do.

use super::schema::{self, Fields, Shape};
use crate::api::Value;

/// Fields whose zero (`0`, `false`) is the same as no field: they are no pointers in Go.
const ZERO_IS_ABSENT: [&str; 20] = [
    "hostPort",
    "nodePort",
    "healthCheckNodePort",
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
    "minReadySeconds",
    "stdin",
    "stdinOnce",
    "tty",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "readOnly",
    "paused",
    "unschedulable",
    "publishNotReadyAddresses",
    "generation",
];
/// Text fields that are pointers: empty text is kept.
const EMPTY_TEXT_IS_KEPT: [&str; 4] = ["service", "type", "targetPort", "appProtocol"];

/// Brings an object of the struct `name` into the server's form. Fields the struct does not have
/// and values of the wrong type are dropped.
pub(super) fn normalize(name: &'static str, value: &mut Value) {
    let Some(map) = value.as_map_mut() else {
        return;
    };
    let fields = Fields::of(name);
    map.retain(|key, value| {
        fields.and_then(|fields| fields.get(key)).is_some_and(|type_| {
            let shape = schema::shape(type_);
            normalize_value(shape, value);
            fits(shape, value) && !is_absent(key, shape, value)
        })
    });
}

fn normalize_value(shape: Shape, value: &mut Value) {
    match shape {
        Shape::Struct(name) => normalize(name, value),
        Shape::List(item) => {
            let shape = schema::shape(item);
            if let Some(items) = value.as_list_mut() {
                items.retain(|value| fits(shape, value));
                for value in items {
                    normalize_value(shape, value);
                }
            }
        }
        Shape::Map(item) => {
            let Some(map) = value.as_map_mut() else {
                return;
            };
            let shape = schema::shape(item);
            map.retain(|_, value| fits(shape, value));
            for value in map.values_mut() {
                // A label without a value is the empty text.
                if *value == Value::Null && shape == Shape::Text {
                    *value = Value::text("");
                }
                normalize_value(shape, value);
            }
        }
        Shape::Quantity => {
            let canonical = value.scalar_text().and_then(|text| canonical_quantity(&text));
            if let Some(canonical) = canonical {
                *value = canonical.into();
            }
        }
        Shape::Any
        | Shape::Bool
        | Shape::Int32
        | Shape::Int64
        | Shape::Text
        | Shape::IntOrString
        | Shape::Time => {}
    }
}

/// Whether a value of this kind may stand where the shape is wanted. Null may stand anywhere.
pub(super) fn fits(shape: Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::Any | Shape::Quantity | Shape::Time, _)
        | (_, Value::Null)
        | (Shape::IntOrString, Value::String(_)) => true,
        (Shape::Bool, value) => matches!(value, Value::Bool(_)),
        (Shape::Text, value) => matches!(value, Value::String(_)),
        (Shape::Int64, value) => matches!(value, Value::Int(_)),
        (Shape::Int32 | Shape::IntOrString, value) => {
            value.as_int().is_some_and(|number| i32::try_from(number).is_ok())
        }
        (Shape::Struct(_) | Shape::Map(_), value) => matches!(value, Value::Map(_)),
        (Shape::List(_), value) => matches!(value, Value::List(_)),
    }
}

fn is_absent(key: &str, shape: Shape, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty() && matches!(shape, Shape::Map(_)),
        Value::Int(0) | Value::Bool(false) => ZERO_IS_ABSENT.contains(&key),
        Value::String(text) => text.is_empty() && !EMPTY_TEXT_IS_KEPT.contains(&key),
        Value::Int(_) | Value::Bool(_) | Value::Float(_) => false,
    }
}

const DECIMAL: [(&str, i32); 10] = [
    ("E", 18),
    ("P", 15),
    ("T", 12),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("", 0),
    ("m", -3),
    ("u", -6),
    ("n", -9),
];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// How a quantity's suffix multiplies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Decimal,
    Binary,
    Exponent,
}

/// The quantity as the API server writes it: a whole number with the largest suffix that fits.
/// `0.5` is `500m`, `1024Mi` is `1Gi`, `1500m` stays. `None` when the text is no quantity or is too
/// large for this arithmetic.
///
/// Models: kubernetes v1.36 apimachinery `resource.Quantity.CanonicalizeBytes`.
pub fn canonical_quantity(text: &str) -> Option<String> {
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || whole.len() + fraction.len() > 18 {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    let (nano, format) = in_nano(digits, places, suffix)?;
    let text = match format {
        Format::Binary if nano >= 1024 * 1_000_000_000 => binary(nano),
        Format::Binary | Format::Decimal => decimal(nano),
        Format::Exponent => exponent(nano),
    };
    Some(if nano == 0 { "0".to_owned() } else { format!("{sign}{text}") })
}

/// The amount in billionths, rounded up.
fn in_nano(digits: i128, places: i32, suffix: &str) -> Option<(i128, Format)> {
    if let Some(power) = BINARY.iter().skip(1).position(|known| *known == suffix) {
        let factor = 1024_i128.checked_pow(u32::try_from(power).ok()? + 1)?;
        let nano = digits.checked_mul(factor)?.checked_mul(1_000_000_000)?;
        let divisor = 10_i128.checked_pow(u32::try_from(places).ok()?)?;
        return Some(((nano + divisor - 1) / divisor, Format::Binary));
    }
    let known = DECIMAL.iter().find(|(known, _)| *known == suffix);
    let (power, format) = if let Some((_, power)) = known {
        (*power, Format::Decimal)
    } else {
        let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
        (power, Format::Exponent)
    };
    let power = power.checked_add(9)?.checked_sub(places)?;
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    let nano =
        if power >= 0 { digits.checked_mul(factor)? } else { (digits + factor - 1) / factor };
    Some((nano, format))
}

fn decimal(nano: i128) -> String {
    for (suffix, power) in DECIMAL {
        let unit = 10_i128.pow((power + 9).unsigned_abs());
        if nano % unit == 0 {
            return format!("{}{suffix}", nano / unit);
        }
    }
    nano.to_string()
}

fn exponent(nano: i128) -> String {
    for (_, power) in DECIMAL {
        let unit = 10_i128.pow((power + 9).unsigned_abs());
        if nano % unit == 0 {
            let mantissa = nano / unit;
            return if power == 0 { mantissa.to_string() } else { format!("{mantissa}e{power}") };
        }
    }
    nano.to_string()
}

fn binary(nano: i128) -> String {
    let mut amount = (nano + 999_999_999) / 1_000_000_000;
    let mut power = 0;
    while amount % 1024 == 0 && power + 1 < BINARY.len() {
        amount /= 1024;
        power += 1;
    }
    format!("{amount}{}", BINARY[power])
}

#[cfg(test)]
mod tests {
    use super::{canonical_quantity, normalize};
    use crate::manifest::parse;

    #[test]
    fn quantities_have_one_form() {
        let cases = [
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("1024Mi", "1Gi"),
            ("128Mi", "128Mi"),
            ("1.5Gi", "1536Mi"),
            ("1000Mi", "1000Mi"),
            ("512", "512"),
            ("100000", "100k"),
            ("1000Ki", "1000Ki"),
            ("0", "0"),
            ("2e3", "2e3"),
            ("-1", "-1"),
            ("1Ki", "1Ki"),
        ];
        for (typed, kept) in cases {
            assert_eq!(canonical_quantity(typed).as_deref(), Some(kept), "{typed}");
        }
        assert_eq!(canonical_quantity("abc"), None);
    }

    #[test]
    fn nulls_zeros_and_empty_lists_are_not_kept_but_empty_objects_are() {
        let text = "{replicas: null, paused: false, minReadySeconds: 0, selector: {}, \
                    revisionHistoryLimit: 0, template: {spec: {containers: [], hostNetwork: true, \
                    securityContext: {}, nodeSelector: {}}}}";
        let mut value = parse(text).documents[0].value.clone();
        normalize("DeploymentSpec", &mut value);
        assert_eq!(
            value.to_json(),
            r#"{"revisionHistoryLimit":0,"selector":{},"template":{"spec":{"hostNetwork":true,"securityContext":{}}}}"#
        );
    }
}
