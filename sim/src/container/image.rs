//! Images as data: a pretend registry.
//!
//! A repository has tags, a size, an entry point, the programs it brings and the shell it has, if
//! any. What the programs do is in `programs.rs` and `tools/`. Scenarios can add images.

use super::reference::{InvalidReference, Reference};
use super::registry::ROWS;
use crate::api::Name;
use crate::time::Duration;

/// What a pull costs however small the image is: the answers of the registry, unpacking.
const PULL_OVERHEAD: Duration = Duration::from_millis(850);
/// How many bytes a node pulls in a millisecond: 100 MB/s.
const BYTES_PER_MS: u64 = 100_000;

/// Whose programs an image has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Flavour {
    /// busybox: `ash`, short programs.
    #[default]
    Busybox,
    /// Debian's: `dash`, `bash`, coreutils; no `curl`, `wget`, `nc` or `ps` unless added.
    Gnu,
    /// No shell and no programs but its own, as in a distroless image.
    None,
}

/// An image of the pretend registry.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Image {
    /// As people type it: `busybox`, `registry.example/inference`.
    pub repository: Name,
    /// The tags it has. `{a-b}` stands for any number from `a` to `b`, `*` for anything.
    pub tags: Vec<Name>,
    /// Its compressed size in bytes.
    pub size_bytes: u64,
    /// `ENTRYPOINT`
    pub entrypoint: Vec<Name>,
    /// `CMD`
    pub command: Vec<Name>,
    /// Whose programs it has.
    pub flavour: Flavour,
    /// Programs it has besides those.
    pub programs: Vec<Name>,
    /// `WORKDIR`
    pub directory: Name,
    /// Files it brings: paths and texts.
    pub files: Vec<(Name, Name)>,
    /// Whether nothing is known about what it does: a plain server stands in for it.
    pub is_stand_in: bool,
}

/// Whether an image has a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Has {
    Yes,
    No,
    /// Nothing is known about the image.
    Perhaps,
}

/// Why an image is not pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// The reference cannot be read: `InvalidImageName`.
    Invalid(InvalidReference),
    /// The registry has no such repository.
    Repository,
    /// The repository has no such tag.
    Tag,
}

impl NotFound {
    /// What the runtime says about it; for [`Self::Invalid`] what the kubelet says.
    ///
    /// Models: containerd `core/remotes/docker/resolver.go`, and kubernetes v1.36
    /// `pkg/kubelet/images/image_manager.go` `applyDefaultImageTag`.
    #[inline(never)]
    pub fn text(self, reference: &str) -> String {
        let canonical = || {
            Reference::parse(reference)
                .map_or_else(|_| reference.to_owned(), |reference| reference.canonical())
        };
        match self {
            Self::Invalid(error) => {
                let why = error.text(reference);
                format!(
                    "Failed to apply default image tag \"{reference}\": couldn't parse image name \"{reference}\": {why}"
                )
            }
            Self::Repository => {
                let name = canonical();
                format!(
                    "rpc error: code = Unknown desc = failed to pull and unpack image \"{name}\": failed to resolve reference \"{name}\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
                )
            }
            Self::Tag => {
                let name = canonical();
                format!(
                    "rpc error: code = NotFound desc = failed to pull and unpack image \"{name}\": failed to resolve reference \"{name}\": {name}: not found"
                )
            }
        }
    }
}

/// The image of a reference, looked up first among `extra`, then in the pretend registry.
///
/// # Errors
/// There is none.
pub fn find(reference: &str, extra: &[Image]) -> Result<Image, NotFound> {
    let parsed = Reference::parse(reference).map_err(NotFound::Invalid)?;
    let repository = parsed.repository();
    let has_tag = |tag: &str| parsed.digest.is_some() || tag_matches(tag, parsed.tag());
    if let Some(image) = extra.iter().find(|image| *image.repository == *repository) {
        let found = image.tags.iter().any(|tag| has_tag(tag));
        return if found { Ok(image.clone()) } else { Err(NotFound::Tag) };
    }
    let row = ROWS.iter().find(|row| row.repository == repository).ok_or(NotFound::Repository)?;
    if !row.tags.iter().any(|tag| has_tag(tag)) {
        return Err(NotFound::Tag);
    }
    let mut image = row.image();
    if parsed.tag().contains("alpine") {
        image.flavour = Flavour::Busybox;
        image.size_bytes /= 2;
    }
    Ok(image)
}

impl Image {
    /// An image about which nothing is known, for a registry that has everything: a plain server
    /// stands in for what it runs.
    pub fn stand_in(reference: &str) -> Self {
        Self {
            repository: reference.into(),
            tags: vec!["*".into()],
            size_bytes: 100_000_000,
            flavour: Flavour::Gnu,
            directory: "/".into(),
            is_stand_in: true,
            ..Self::default()
        }
    }

    /// How long a node takes to pull it.
    pub fn pull_time(&self) -> Duration {
        PULL_OVERHEAD + Duration::from_millis(self.size_bytes / BYTES_PER_MS)
    }

    /// Whether it has a program of this name.
    pub(super) fn has(&self, program: &str) -> Has {
        let own = self.entrypoint.first().into_iter().chain(&self.programs);
        let mut own = own.map(|word| word.rsplit('/').next().unwrap_or_default());
        let common = match self.flavour {
            Flavour::Busybox => is_in(BOTH, program) || is_in(BUSYBOX, program),
            Flavour::Gnu => is_in(BOTH, program) || is_in(GNU, program),
            Flavour::None => false,
        };
        if common || own.any(|word| word == program) {
            Has::Yes
        } else if self.is_stand_in {
            Has::Perhaps
        } else {
            Has::No
        }
    }
}

/// Programs of every image that has a shell, the frequent ones first.
const BOTH: &str = "sh sleep echo cat test [ touch mkdir rm ls printf grep head tail true false date \
    env wc tee sort uniq tr cut sed awk cp mv ln chmod chown seq basename dirname hostname uname id \
    whoami pwd kill find xargs stat expr printenv sync timeout nohup nice which mktemp readlink \
    realpath sha256sum md5sum base64 tar gzip gunzip yes nproc df du dd od tac rev rmdir install \
    mkfifo mknod stty tty who getopt setsid mount umount su sha1sum sha512sum cksum comm split \
    fold paste expand link unlink logname groups chgrp chroot nl truncate shuf shred factor";
/// Programs that only busybox has.
const BUSYBOX: &str = "busybox ash wget nc httpd vi less more ps top free ping ping6 nslookup netstat \
    ifconfig ip route traceroute telnet telnetd tftp ftpget ftpput watch pidof killall apk pgrep pkill \
    usleep time uptime dmesg hexdump xxd strings unzip bunzip2 xz bzip2 cpio ar diff cmp patch ed bc \
    dc arp arping crond crontab inetd init login passwd adduser deluser syslogd logger lsof lspci \
    fdisk blkid losetup mkswap swapon modprobe insmod lsmod rmmod sysctl udhcpc vconfig brctl dnsd \
    ntpd ssl_client start-stop-daemon run-parts envdir chpst sv runsv runsvdir clear reset";
/// Programs that only Debian's images have.
const GNU: &str = "bash dash perl apt apt-get dpkg numfmt stdbuf runcon arch pinky fmt join pr ptx csplit \
    b2sum tsort users vdir dir hostid diff cmp useradd groupadd passwd login";

fn is_in(list: &str, program: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == program)
}

/// Whether a program is one that base images have.
pub(super) fn is_common_program(name: &str) -> bool {
    is_in(BOTH, name)
        || is_in(BUSYBOX, name)
        || is_in(GNU, name)
        || is_in("curl python python3", name)
}

/// Whether a tag is one that a pattern of the table stands for.
fn tag_matches(pattern: &str, tag: &str) -> bool {
    let Some(at) = pattern.find(['{', '*']) else {
        return pattern == tag;
    };
    let Some(rest) = tag.strip_prefix(&pattern[..at]) else {
        return false;
    };
    if pattern.as_bytes()[at] == b'*' {
        return true;
    }
    let Some((range, after)) = pattern[at + 1..].split_once('}') else {
        return false;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let bounds = range
        .split_once('-')
        .and_then(|(low, high)| Some((low.parse::<u32>().ok()?, high.parse::<u32>().ok()?)));
    let (Some((low, high)), Ok(number)) = (bounds, rest[..digits].parse::<u32>()) else {
        return false;
    };
    let is_padded = digits > 1 && rest.starts_with('0');
    (low..=high).contains(&number) && !is_padded && tag_matches(after, &rest[digits..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_looked_up_by_pattern() {
        for (reference, expected) in [
            ("nginx:1.14.2", None),
            ("nginx:1.161", Some(NotFound::Tag)),
            ("nginx", None),
            ("busybox:1.36", None),
            ("busybox:9", Some(NotFound::Tag)),
            ("registry.example/inference:v1", None),
            ("registry.example/inference:v1-bad", None),
            ("registry.example/inference:v2-missing", Some(NotFound::Tag)),
            ("ngnix:1.25", Some(NotFound::Repository)),
            ("registry.k8s.io/pause:3.10", None),
            ("Nginx", Some(NotFound::Invalid(InvalidReference::Uppercase))),
        ] {
            assert_eq!(find(reference, &[]).err(), expected, "{reference}");
        }
        let pinned = format!("nginx@sha256:{}", "a1".repeat(32));
        assert_eq!(find(&pinned, &[]).map(|image| image.repository), Ok("nginx".into()));
    }

    #[test]
    fn a_tag_that_is_not_there_is_told_in_containerds_words() {
        assert_eq!(
            NotFound::Tag.text("nginx:1.161"),
            "rpc error: code = NotFound desc = failed to pull and unpack image \
             \"docker.io/library/nginx:1.161\": failed to resolve reference \
             \"docker.io/library/nginx:1.161\": docker.io/library/nginx:1.161: not found"
        );
    }

    #[test]
    fn scenarios_add_images_that_come_first() {
        let mine = Image {
            repository: "nginx".into(),
            tags: vec!["mine-{1-3}".into()],
            size_bytes: 500_000_000,
            ..Image::default()
        };
        let extra = [mine];
        let found = find("nginx:mine-2", &extra).expect("it was added");
        assert_eq!(found.pull_time(), Duration::from_millis(5_850));
        assert_eq!(find("nginx:1.25", &extra), Err(NotFound::Tag));
    }

    #[test]
    fn an_image_has_the_programs_of_its_flavour_and_its_own() {
        let has = |image: &str, program: &str| find(image, &[]).expect(image).has(program);
        assert_eq!(has("busybox", "wget"), Has::Yes);
        assert_eq!(has("busybox", "curl"), Has::No);
        assert_eq!(has("nginx", "bash"), Has::Yes);
        assert_eq!(has("nginx", "curl"), Has::Yes);
        assert_eq!(has("registry.k8s.io/pause:3.10", "sh"), Has::No);
        assert_eq!(Image::stand_in("me/app:v1").has("anything"), Has::Perhaps);
    }
}
