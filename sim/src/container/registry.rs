//! The pretend registry's table: one row a repository. Sizes are those of the compressed images on
//! their registries, rounded.

use super::image::{Flavour, Image};

/// A repository.
pub(super) struct Row {
    pub(super) repository: &'static str,
    pub(super) tags: &'static [&'static str],
    pub(super) megabytes: u64,
    pub(super) entrypoint: &'static [&'static str],
    pub(super) command: &'static [&'static str],
    pub(super) flavour: Flavour,
    pub(super) programs: &'static [&'static str],
    pub(super) directory: &'static str,
}

/// The pages that web servers bring along.
const NGINX_PAGE: &str = "/usr/share/nginx/html/index.html";
const APACHE_PAGE: &str = "/usr/local/apache2/htdocs/index.html";

const PLAIN: Row = Row {
    repository: "",
    tags: &["latest"],
    megabytes: 10,
    entrypoint: &[],
    command: &[],
    flavour: Flavour::Gnu,
    programs: &[],
    directory: "/",
};

/// The repositories.
pub(super) const ROWS: [Row; 33] = [
    Row {
        repository: "registry.example/inference",
        tags: &["latest", "v{0-99}", "v{0-99}-bad", "v{0-99}-crash"],
        megabytes: 400,
        entrypoint: &["inference-server"],
        programs: &["curl", "python3", "python"],
        ..PLAIN
    },
    Row {
        repository: "registry.example/web",
        tags: &["latest", "v{0-99}"],
        megabytes: 60,
        entrypoint: &["hello-app"],
        programs: &["curl"],
        ..PLAIN
    },
    Row {
        repository: "busybox",
        tags: &[
            "latest",
            "stable",
            "musl",
            "glibc",
            "uclibc",
            "1",
            "1.{20-37}",
            "1.{20-37}.{0-2}",
            "1.{20-37}-glibc",
            "1.{20-37}-musl",
            "1.{20-37}.{0-2}-glibc",
        ],
        megabytes: 2,
        command: &["sh"],
        flavour: Flavour::Busybox,
        ..PLAIN
    },
    Row {
        repository: "alpine",
        tags: &["latest", "edge", "3", "3.{5-23}", "3.{5-23}.{0-12}"],
        megabytes: 4,
        command: &["/bin/sh"],
        flavour: Flavour::Busybox,
        ..PLAIN
    },
    Row {
        repository: "debian",
        tags: &[
            "latest",
            "stable",
            "stable-slim",
            "bookworm",
            "bookworm-slim",
            "bullseye",
            "bullseye-slim",
            "trixie",
            "trixie-slim",
            "{10-13}",
            "{10-13}-slim",
        ],
        megabytes: 49,
        command: &["bash"],
        ..PLAIN
    },
    Row {
        repository: "ubuntu",
        tags: &["latest", "jammy", "noble", "18.04", "20.04", "22.04", "24.04", "25.04", "25.10"],
        megabytes: 30,
        command: &["/bin/bash"],
        ..PLAIN
    },
    Row {
        repository: "nginx",
        tags: &[
            "latest",
            "stable",
            "mainline",
            "alpine",
            "stable-alpine",
            "1",
            "1.{7-29}",
            "1.{7-29}.{0-12}",
            "1.{7-29}-alpine",
            "1.{7-29}.{0-12}-alpine",
            "1-alpine",
        ],
        megabytes: 70,
        entrypoint: &["/docker-entrypoint.sh"],
        command: &["nginx", "-g", "daemon off;"],
        programs: &["nginx", "curl", "docker-entrypoint.sh"],
        ..PLAIN
    },
    Row {
        repository: "nginxinc/nginx-unprivileged",
        tags: &["latest", "stable", "alpine", "1.{17-29}", "1.{17-29}-alpine"],
        megabytes: 70,
        entrypoint: &["/docker-entrypoint.sh"],
        command: &["nginx", "-g", "daemon off;"],
        programs: &["nginx", "curl", "docker-entrypoint.sh"],
        ..PLAIN
    },
    Row {
        repository: "httpd",
        tags: &[
            "latest",
            "alpine",
            "2",
            "2.4",
            "2.4.{16-66}",
            "2-alpine",
            "2.4-alpine",
            "2.4.{16-66}-alpine",
        ],
        megabytes: 60,
        command: &["httpd-foreground"],
        programs: &["httpd-foreground"],
        directory: "/usr/local/apache2",
        ..PLAIN
    },
    Row {
        repository: "python",
        tags: &[
            "latest",
            "slim",
            "alpine",
            "3",
            "3-slim",
            "3-alpine",
            "3.{6-14}",
            "3.{6-14}-slim",
            "3.{6-14}-alpine",
            "3.{6-14}-bookworm",
            "3.{6-14}-slim-bookworm",
            "3.{6-14}.{0-25}",
            "3.{6-14}.{0-25}-slim",
        ],
        megabytes: 48,
        command: &["python3"],
        programs: &["python", "python3", "pip", "pip3"],
        ..PLAIN
    },
    Row {
        repository: "node",
        tags: &[
            "latest",
            "lts",
            "slim",
            "alpine",
            "lts-alpine",
            "lts-slim",
            "{12-25}",
            "{12-25}-alpine",
            "{12-25}-slim",
            "{12-25}.{0-30}",
            "{12-25}.{0-30}.{0-9}",
            "{12-25}-bookworm-slim",
        ],
        megabytes: 80,
        entrypoint: &["docker-entrypoint.sh"],
        command: &["node"],
        programs: &["node", "npm", "yarn", "docker-entrypoint.sh"],
        ..PLAIN
    },
    Row {
        repository: "redis",
        tags: &[
            "latest",
            "alpine",
            "{3-8}",
            "{3-8}-alpine",
            "{3-8}.{0-4}",
            "{3-8}.{0-4}-alpine",
            "{3-8}.{0-4}.{0-20}",
            "{3-8}.{0-4}.{0-20}-alpine",
        ],
        megabytes: 45,
        entrypoint: &["docker-entrypoint.sh"],
        command: &["redis-server"],
        programs: &["redis-server", "redis-cli", "docker-entrypoint.sh"],
        directory: "/data",
        ..PLAIN
    },
    Row {
        repository: "postgres",
        tags: &[
            "latest",
            "alpine",
            "{9-18}",
            "{9-18}-alpine",
            "{9-18}.{0-25}",
            "{9-18}.{0-25}-alpine",
        ],
        megabytes: 150,
        entrypoint: &["docker-entrypoint.sh"],
        command: &["postgres"],
        programs: &["postgres", "psql", "pg_isready", "docker-entrypoint.sh"],
        ..PLAIN
    },
    Row {
        repository: "mysql",
        tags: &["latest", "lts", "{5-9}", "{5-9}.{0-7}", "{5-9}.{0-7}.{0-45}"],
        megabytes: 170,
        entrypoint: &["docker-entrypoint.sh"],
        command: &["mysqld"],
        programs: &["mysqld", "mysql", "mysqladmin", "docker-entrypoint.sh"],
        ..PLAIN
    },
    Row {
        repository: "traefik",
        tags: &["latest", "v{1-3}", "v{1-3}.{0-12}", "v{1-3}.{0-12}.{0-20}"],
        megabytes: 45,
        entrypoint: &["/entrypoint.sh"],
        command: &["traefik"],
        flavour: Flavour::Busybox,
        programs: &["traefik", "entrypoint.sh"],
        ..PLAIN
    },
    Row {
        repository: "traefik/whoami",
        tags: &["latest", "v1.{8-11}", "v1.{8-11}.{0-9}"],
        megabytes: 3,
        entrypoint: &["/whoami"],
        flavour: Flavour::None,
        ..PLAIN
    },
    Row {
        repository: "curlimages/curl",
        tags: &["latest", "{7-8}.{0-88}.{0-3}"],
        megabytes: 10,
        entrypoint: &["/entrypoint.sh"],
        command: &["curl"],
        flavour: Flavour::Busybox,
        programs: &["curl", "entrypoint.sh"],
        ..PLAIN
    },
    Row {
        repository: "nicolaka/netshoot",
        tags: &["latest", "v0.{1-14}"],
        megabytes: 180,
        command: &["bash"],
        flavour: Flavour::Busybox,
        programs: &["bash", "curl", "dig"],
        ..PLAIN
    },
    Row {
        repository: "vllm/vllm-openai",
        tags: &["latest", "v0.{4-20}.{0-9}", "v0.{4-20}.{0-9}.post{1-2}", "nightly"],
        megabytes: 9_000,
        entrypoint: &["vllm", "serve"],
        programs: &["python3", "curl"],
        ..PLAIN
    },
    Row {
        repository: "nvcr.io/nvidia/tritonserver",
        tags: &[
            "{20-26}.{1-12}-py3",
            "{20-26}.0{1-9}-py3",
            "{20-26}.{10-12}-vllm-python-py3",
            "{20-26}.0{1-9}-vllm-python-py3",
            "{20-26}.0{1-9}-trtllm-python-py3",
        ],
        megabytes: 7_500,
        entrypoint: &["/opt/nvidia/nvidia_entrypoint.sh"],
        programs: &["tritonserver", "python3", "curl", "nvidia_entrypoint.sh"],
        ..PLAIN
    },
    Row {
        repository: "ghcr.io/huggingface/text-generation-inference",
        tags: &["latest", "{1-3}", "{1-3}.{0-9}", "{1-3}.{0-9}.{0-9}"],
        megabytes: 5_500,
        entrypoint: &["text-generation-launcher"],
        programs: &["python3", "curl"],
        ..PLAIN
    },
    Row {
        repository: "registry.k8s.io/pause",
        tags: &["latest", "3.{1-10}", "3.10.{0-2}"],
        megabytes: 1,
        entrypoint: &["/pause"],
        flavour: Flavour::None,
        ..PLAIN
    },
    Row {
        repository: "registry.k8s.io/e2e-test-images/agnhost",
        tags: &["2.{10-63}", "2.{10-63}.{0-2}"],
        megabytes: 50,
        entrypoint: &["/agnhost"],
        command: &["pause"],
        flavour: Flavour::Busybox,
        programs: &["curl"],
        ..PLAIN
    },
    Row {
        repository: "registry.k8s.io/e2e-test-images/busybox",
        tags: &["1.{29-37}-{1-9}", "1.{29-37}.{0-2}-{1-9}"],
        megabytes: 2,
        command: &["sh"],
        flavour: Flavour::Busybox,
        ..PLAIN
    },
    Row {
        repository: "registry.k8s.io/e2e-test-images/nginx",
        tags: &["1.{14-15}-{1-9}"],
        megabytes: 7,
        command: &["nginx", "-g", "daemon off;"],
        flavour: Flavour::Busybox,
        programs: &["nginx"],
        ..PLAIN
    },
    Row {
        repository: "registry.k8s.io/busybox",
        tags: &["latest", "1.{24-27}"],
        megabytes: 1,
        command: &["sh"],
        flavour: Flavour::Busybox,
        ..PLAIN
    },
    Row {
        repository: "registry.k8s.io/nginx-slim",
        tags: &["0.{1-27}"],
        megabytes: 70,
        command: &["nginx", "-g", "daemon off;"],
        programs: &["nginx"],
        ..PLAIN
    },
    Row {
        repository: "registry.k8s.io/echoserver",
        tags: &["1.{1-10}"],
        megabytes: 42,
        entrypoint: &["echoserver"],
        ..PLAIN
    },
    Row {
        repository: "ealen/echo-server",
        tags: &["latest", "0.{3-9}.{0-9}"],
        megabytes: 40,
        entrypoint: &["echo-server"],
        flavour: Flavour::Busybox,
        ..PLAIN
    },
    Row {
        repository: "kicbase/echo-server",
        tags: &["latest", "1.0"],
        megabytes: 2,
        entrypoint: &["/bin/echo-server"],
        flavour: Flavour::None,
        ..PLAIN
    },
    Row {
        repository: "hashicorp/http-echo",
        tags: &["latest", "alpine", "0.2.{1-3}", "1.0", "1.0.0", "1.0"],
        megabytes: 3,
        entrypoint: &["/http-echo"],
        flavour: Flavour::None,
        ..PLAIN
    },
    Row {
        repository: "gcr.io/google-samples/hello-app",
        tags: &["1.0", "2.0"],
        megabytes: 11,
        entrypoint: &["./hello-app"],
        flavour: Flavour::None,
        ..PLAIN
    },
    Row {
        repository: "us-docker.pkg.dev/google-samples/containers/gke/hello-app",
        tags: &["1.0", "2.0"],
        megabytes: 11,
        entrypoint: &["./hello-app"],
        flavour: Flavour::None,
        ..PLAIN
    },
];

/// Images that can be pulled: of each repository some, to choose from.
pub(crate) fn pullable() -> impl Iterator<Item = String> {
    const OF_EACH: usize = 3;
    ROWS.iter().flat_map(|row| {
        let tags = row.tags.iter().take(OF_EACH);
        tags.map(|tag| format!("{}:{}", row.repository, one_of(tag)))
    })
}

/// One of the tags that a pattern such as `1.{20-37}` stands for: the newest, or the first of many.
fn one_of(pattern: &str) -> String {
    let Some((before, rest)) = pattern.split_once('{') else { return pattern.to_owned() };
    let (range, after) = rest.split_once('}').unwrap_or((rest, ""));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let chosen = if first == "0" { "1" } else { last };
    format!("{before}{chosen}{}", one_of(after))
}

impl Row {
    pub(super) fn image(&self) -> Image {
        let names = |words: &[&str]| words.iter().map(|word| (*word).into()).collect();
        Image {
            repository: self.repository.into(),
            tags: names(self.tags),
            size_bytes: self.megabytes * 1_000_000,
            entrypoint: names(self.entrypoint),
            command: names(self.command),
            flavour: self.flavour,
            programs: names(self.programs),
            directory: self.directory.into(),
            files: if self.programs.contains(&"nginx") {
                vec![(NGINX_PAGE.into(), "<title>Welcome to nginx!</title>\n".into())]
            } else if self.programs.contains(&"httpd-foreground") {
                vec![(APACHE_PAGE.into(), "<html><body><h1>It works!</h1></body></html>\n".into())]
            } else {
                Vec::new()
            },
            is_stand_in: false,
        }
    }
}
