//! What becomes of the objects that an object owns when it is deleted.
//!
//! Models: kubernetes v1.36 apimachinery `pkg/apis/meta/v1/types.go` `DeletionPropagation`.

/// The finalizer that makes the garbage collector release an object's dependents.
pub const ORPHAN_FINALIZER: &str = "orphan";
/// The finalizer that keeps an object until its dependents are gone.
pub const FOREGROUND_FINALIZER: &str = "foregroundDeletion";

/// What happens to the objects an object owns when it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They are deleted after it.
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay, without an owner.
    Orphan,
}

impl Propagation {
    /// The finalizer that tells the garbage collector.
    pub const fn finalizer(self) -> Option<&'static str> {
        match self {
            Self::Background => None,
            Self::Foreground => Some(FOREGROUND_FINALIZER),
            Self::Orphan => Some(ORPHAN_FINALIZER),
        }
    }
}
