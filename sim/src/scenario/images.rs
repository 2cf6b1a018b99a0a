//! Images a scenario adds to the pretend registry.

use super::fields::Fields;
use crate::api::Value;
use crate::api::quantity::parse_milli;
use crate::container::image::{Flavour, Image};

/// The most images of a scenario.
const MOST: usize = 1_000;
/// The largest image: 1 TB.
const LARGEST: i64 = 1_000_000_000_000;
/// What an image takes that says nothing: 100 MB.
const USUAL_SIZE: u64 = 100_000_000;

const KEYS: &[&str] = &["repository", "tags", "size", "entrypoint", "command", "shell", "programs"];

/// Reads the images; those that are wrong are left out.
pub(super) fn images(value: &Value, fields: &mut Fields<'_>) -> Vec<Image> {
    let items = fields.list(value, "images", MOST).unwrap_or_default().iter().enumerate();
    let images = items.filter_map(|(index, item)| image(item, &format!("images[{index}]"), fields));
    images.collect()
}

fn image(value: &Value, path: &str, fields: &mut Fields<'_>) -> Option<Image> {
    fields.map(value, path, KEYS)?;
    let (repository, repository_path) = fields.required(value, path, "repository")?;
    let repository = fields.text(repository, &repository_path)?;
    let (tags, tags_path) = fields.required(value, path, "tags")?;
    let tags = fields.texts(tags, &tags_path)?;
    let mut words = |key: &str| {
        let typed = value.get(key).and_then(|value| fields.texts(value, &format!("{path}.{key}")));
        typed.unwrap_or_default()
    };
    let (entrypoint, command) = (words("entrypoint"), words("command"));
    let programs = words("programs");
    let size = value.get("size").map(|size| bytes(size, &format!("{path}.size"), fields));
    let shell = value.get("shell").map(|shell| flavour(shell, &format!("{path}.shell"), fields));
    Some(Image {
        repository: repository.into(),
        tags,
        size_bytes: size.unwrap_or(Some(USUAL_SIZE))?,
        entrypoint,
        command,
        flavour: shell.unwrap_or(Some(Flavour::Gnu))?,
        programs,
        directory: "/".into(),
        ..Image::default()
    })
}

fn bytes(value: &Value, path: &str, fields: &mut Fields<'_>) -> Option<u64> {
    let bytes = value.scalar_text().and_then(|text| parse_milli(&text)).map(|milli| milli / 1_000);
    let bytes = bytes.filter(|bytes| (0..=LARGEST).contains(bytes));
    if bytes.is_none() {
        fields.wrong(path, "wants a size such as 500Mi or 16Gi, at most 1T");
    }
    u64::try_from(bytes?).ok()
}

fn flavour(value: &Value, path: &str, fields: &mut Fields<'_>) -> Option<Flavour> {
    match value.as_str() {
        Some("busybox") => Some(Flavour::Busybox),
        Some("gnu") => Some(Flavour::Gnu),
        Some("none") => Some(Flavour::None),
        _ => {
            fields.wrong(path, "wants busybox, gnu or none");
            None
        }
    }
}
