//! Files in memory: a container's own and those of its pod's volumes.
//!
//! Text only. Sizes and numbers are bounded, as a full disk bounds them. The directories of every
//! image are there without being stored.

use std::sync::Arc;

use crate::api::Name;

/// How many files and directories a file system may hold.
const MOST_FILES: usize = 1_024;
/// The largest file, in bytes.
const LARGEST_FILE: usize = 1 << 18;
/// The largest file system, in bytes.
const LARGEST: usize = 1 << 20;

/// Directories that every image has.
const DIRECTORIES: [&str; 27] = [
    "/",
    "/app",
    "/bin",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/local",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/lib",
    "/var/log",
    "/var/run",
];

/// A file or a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Directory,
    File { text: Name, executable: bool },
}

/// A tree of files. Paths begin with `/` and are normal (see [`normal`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// In the order of their paths.
    nodes: Vec<(Name, Node)>,
    bytes: usize,
}

/// Why a file operation failed. [`FileError::text`] is the C library's word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// `ENOENT`
    NotFound,
    /// `EISDIR`
    IsDirectory,
    /// `ENOTDIR`
    NotDirectory,
    /// `ENOTEMPTY`
    NotEmpty,
    /// `EEXIST`
    Exists,
    /// `ENOSPC`
    NoSpace,
    /// `EROFS`
    ReadOnly,
}

impl FileError {
    /// `strerror`
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotFound => "No such file or directory",
            Self::IsDirectory => "Is a directory",
            Self::NotDirectory => "Not a directory",
            Self::NotEmpty => "Directory not empty",
            Self::Exists => "File exists",
            Self::NoSpace => "No space left on device",
            Self::ReadOnly => "Read-only file system",
        }
    }
}

impl Files {
    fn place(&self, path: &str) -> Result<usize, usize> {
        self.nodes.binary_search_by(|(other, _)| (**other).cmp(path))
    }

    fn node(&self, path: &str) -> Option<&Node> {
        self.place(path).ok().map(|place| &self.nodes[place].1)
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> Option<&Name> {
        match self.node(path)? {
            Node::File { text, .. } => Some(text),
            Node::Directory => None,
        }
    }

    /// Writes a whole file; its directory must be there.
    ///
    /// # Errors
    /// There is no space.
    pub fn write(&mut self, path: &str, text: &str) -> Result<(), FileError> {
        let (old, executable) = match self.node(path) {
            Some(Node::File { text, executable }) => (text.len(), *executable),
            Some(Node::Directory) => return Err(FileError::IsDirectory),
            None => (0, false),
        };
        let bytes = self.bytes - old + text.len();
        if text.len() > LARGEST_FILE || bytes > LARGEST {
            return Err(FileError::NoSpace);
        }
        self.insert(path, Node::File { text: text.into(), executable })?;
        self.bytes = bytes;
        Ok(())
    }

    fn insert(&mut self, path: &str, node: Node) -> Result<(), FileError> {
        match self.place(path) {
            Ok(place) => self.nodes[place].1 = node,
            Err(_) if self.nodes.len() >= MOST_FILES => return Err(FileError::NoSpace),
            Err(place) => self.nodes.insert(place, (path.into(), node)),
        }
        Ok(())
    }

    /// Makes a directory, if there is space.
    pub(crate) fn make_directory(&mut self, path: &str) {
        // A full disk holds no more directories either.
        let _ = self.insert(path, Node::Directory);
    }

    /// Makes a file executable, or not.
    pub fn set_executable(&mut self, path: &str, wanted: bool) {
        if let Ok(place) = self.place(path)
            && let Node::File { executable, .. } = &mut self.nodes[place].1
        {
            *executable = wanted;
        }
    }

    pub(crate) fn remove(&mut self, path: &str) {
        if let Ok(place) = self.place(path)
            && let (_, Node::File { text, .. }) = self.nodes.remove(place)
        {
            self.bytes -= text.len();
        }
    }

    /// Whether a directory is there, made or because files are in it.
    pub(crate) fn has_directory(&self, path: &str) -> bool {
        self.node(path) == Some(&Node::Directory) || self.below(path).next().is_some()
    }

    /// The paths below a directory, at any depth.
    pub(crate) fn below<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Name> {
        let prefix = path.trim_end_matches('/');
        let inside = move |other: &str| {
            other.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/') && rest.len() > 1)
        };
        self.nodes.iter().map(|(path, _)| path).filter(move |path| inside(path))
    }
}

/// A volume of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Its name in the pod spec.
    pub name: Name,
    /// What it holds. Shared until it is written.
    pub files: Arc<Files>,
    /// Whether containers may not write, as with `ConfigMaps` and Secrets.
    pub read_only: bool,
}

/// The volumes of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volumes {
    /// In the order of the pod spec.
    pub list: Vec<Volume>,
}

impl Volumes {
    /// The volume of this name.
    pub fn get(&self, name: &str) -> Option<&Volume> {
        self.list.iter().find(|volume| &*volume.name == name)
    }

    /// Replaces what a volume holds, as a kubelet does when a `ConfigMap` has changed.
    pub fn set(&mut self, name: &str, files: Arc<Files>) {
        if let Some(volume) = self.list.iter_mut().find(|volume| &*volume.name == name) {
            volume.files = files;
        }
    }
}

/// Where a container sees a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// The volume's name.
    pub volume: Name,
    /// The path in the container.
    pub path: Name,
    /// The part of the volume that is seen there, empty for all of it.
    pub sub_path: Name,
    /// Whether the container may not write.
    pub read_only: bool,
}

/// All files that a container sees.
pub(super) struct FileSystem<'a> {
    pub(super) own: &'a mut Arc<Files>,
    pub(super) mounts: &'a [Mount],
    pub(super) volumes: &'a mut Volumes,
    pub(super) read_only: bool,
}

/// Where a path leads: a volume by its number or the container's own files, and the path in it.
struct Place {
    volume: Option<usize>,
    path: String,
    read_only: bool,
}

fn place_of(path: &str, mounts: &[Mount], volumes: &Volumes) -> Option<Place> {
    let inside = |mount: &&Mount| {
        let root = mount.path.trim_end_matches('/');
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mount = mounts.iter().filter(inside).max_by_key(|mount| mount.path.len())?;
    let volume = volumes.list.iter().position(|volume| volume.name == mount.volume)?;
    let rest = &path[mount.path.trim_end_matches('/').len()..];
    let path = normal("/", &format!("/{}/{rest}", mount.sub_path));
    let read_only = mount.read_only || volumes.list[volume].read_only;
    Some(Place { volume: Some(volume), path, read_only })
}

/// The text of a file, seen from a container.
pub(super) fn read<'a>(
    own: &'a Files,
    mounts: &[Mount],
    volumes: &'a Volumes,
    path: &str,
) -> Option<&'a Name> {
    match place_of(path, mounts, volumes) {
        Some(Place { volume: Some(volume), path, .. }) => volumes.list[volume].files.read(&path),
        _ => own.read(path),
    }
}

/// Whether a container sees a directory there.
pub(super) fn is_directory(own: &Files, mounts: &[Mount], volumes: &Volumes, path: &str) -> bool {
    let is_above = |mount: &Mount| {
        let rest = mount.path.trim_end_matches('/').strip_prefix(path);
        rest.is_some_and(|rest| path == "/" || rest.starts_with('/'))
    };
    let holds = |files: &Files, path: &str| {
        files.node(path) == Some(&Node::Directory) || files.below(path).next().is_some()
    };
    let is_own = match place_of(path, mounts, volumes) {
        Some(Place { volume: Some(volume), path, .. }) => {
            path == "/" || holds(&volumes.list[volume].files, &path)
        }
        _ => DIRECTORIES.contains(&path) || holds(own, path),
    };
    is_own || mounts.iter().any(is_above)
}

impl FileSystem<'_> {
    fn place(&self, path: &str) -> Place {
        place_of(path, self.mounts, self.volumes).unwrap_or_else(|| Place {
            volume: None,
            path: path.to_owned(),
            read_only: self.read_only,
        })
    }

    fn files(&self, place: &Place) -> &Files {
        place.volume.map_or(self.own, |volume| &self.volumes.list[volume].files)
    }

    fn files_mut(&mut self, place: &Place) -> Result<&mut Files, FileError> {
        if place.read_only {
            return Err(FileError::ReadOnly);
        }
        let files = match place.volume {
            Some(volume) => &mut self.volumes.list[volume].files,
            None => &mut *self.own,
        };
        Ok(Arc::make_mut(files))
    }

    /// The text of a file.
    pub(super) fn read(&self, path: &str) -> Result<Name, FileError> {
        let place = self.place(path);
        match self.files(&place).read(&place.path) {
            Some(text) => Ok(text.clone()),
            None if self.is_directory(path) => Err(FileError::IsDirectory),
            None => Err(FileError::NotFound),
        }
    }

    pub(super) fn is_file(&self, path: &str) -> bool {
        let place = self.place(path);
        self.files(&place).read(&place.path).is_some()
    }

    pub(super) fn is_executable(&self, path: &str) -> bool {
        let place = self.place(path);
        matches!(self.files(&place).node(&place.path), Some(Node::File { executable: true, .. }))
    }

    pub(super) fn is_directory(&self, path: &str) -> bool {
        is_directory(self.own, self.mounts, self.volumes, path)
    }

    pub(super) fn exists(&self, path: &str) -> bool {
        self.is_file(path) || self.is_directory(path)
    }

    fn check_parent(&self, path: &str) -> Result<(), FileError> {
        let parent = parent(path);
        if self.is_directory(parent) {
            Ok(())
        } else if self.is_file(parent) {
            Err(FileError::NotDirectory)
        } else {
            Err(FileError::NotFound)
        }
    }

    /// Writes a whole file.
    pub(super) fn write(&mut self, path: &str, text: &str) -> Result<(), FileError> {
        if self.is_directory(path) {
            return Err(FileError::IsDirectory);
        }
        self.check_parent(path)?;
        let place = self.place(path);
        self.files_mut(&place)?.write(&place.path, text)
    }

    /// Writes at the end of a file.
    pub(super) fn append(&mut self, path: &str, text: &str) -> Result<(), FileError> {
        match self.read(path) {
            Ok(old) if old.len() + text.len() > LARGEST_FILE => Err(FileError::NoSpace),
            Ok(old) => self.write(path, &[&*old, text].concat()),
            Err(FileError::NotFound) => self.write(path, text),
            Err(error) => Err(error),
        }
    }

    pub(super) fn set_executable(&mut self, path: &str, wanted: bool) -> Result<(), FileError> {
        let place = self.place(path);
        self.files_mut(&place)?.set_executable(&place.path, wanted);
        Ok(())
    }

    pub(super) fn make_directory(&mut self, path: &str) -> Result<(), FileError> {
        if self.exists(path) {
            return Err(FileError::Exists);
        }
        self.check_parent(path)?;
        let place = self.place(path);
        self.files_mut(&place)?.insert(&place.path, Node::Directory)
    }

    /// Makes a directory and those it lies in.
    pub(super) fn make_directories(&mut self, path: &str) -> Result<(), FileError> {
        for (end, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]) {
            if !self.is_directory(&path[..end]) {
                self.make_directory(&path[..end])?;
            }
        }
        Ok(())
    }

    pub(super) fn remove_file(&mut self, path: &str) -> Result<(), FileError> {
        if self.is_directory(path) {
            return Err(FileError::IsDirectory);
        }
        if !self.is_file(path) {
            return Err(FileError::NotFound);
        }
        let place = self.place(path);
        self.files_mut(&place)?.remove(&place.path);
        Ok(())
    }

    /// Removes a directory with all it holds.
    pub(super) fn remove_all(&mut self, path: &str) -> Result<(), FileError> {
        let place = self.place(path);
        let files = self.files_mut(&place)?;
        let inside: Vec<Name> = files.below(&place.path).cloned().collect();
        for path in inside {
            files.remove(&path);
        }
        files.remove(&place.path);
        Ok(())
    }

    /// The names in a directory, in order.
    pub(super) fn list(&self, path: &str) -> Vec<String> {
        let place = self.place(path);
        let root = if place.path == "/" { "" } else { &place.path };
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            let name = name.split('/').next().unwrap_or(name);
            if let Err(at) = names.binary_search_by(|other| other.as_str().cmp(name)) {
                names.insert(at, name.to_owned());
            }
        };
        for inside in self.files(&place).below(&place.path) {
            add(&inside[root.len() + 1..]);
        }
        let seen = path.trim_end_matches('/');
        let mounts = self.mounts.iter().map(|mount| &*mount.path);
        let others = DIRECTORIES.into_iter().filter(|_| place.volume.is_none());
        for other in others.chain(mounts) {
            let rest = other.strip_prefix(seen).and_then(|rest| rest.strip_prefix('/'));
            if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
                add(rest);
            }
        }
        names
    }
}

/// The directory a path lies in.
pub(super) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => &path[..at],
    }
}

/// A path as one from the root, without `.`, `..` and doubled slashes.
pub fn normal(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let from = if path.starts_with('/') { "" } else { directory };
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
