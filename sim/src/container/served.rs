//! Servers of images, clients in scripts, volumes, and commands sent into containers.

use super::tests::{Bench, launch};
use super::*;

/// A network with one Service that comes up after ten seconds.
struct OneService;

impl Network for OneService {
    fn http(
        &self,
        host: &str,
        port: u16,
        path: &str,
        now: Instant,
    ) -> Result<HttpReply, NetworkError> {
        self.connects(host, port, now)?;
        let status = if path == "/broken" { 500 } else { 200 };
        Ok(HttpReply { status, body: "hello\n".into(), latency: Duration::from_millis(250) })
    }

    fn connects(&self, host: &str, port: u16, now: Instant) -> Result<(), NetworkError> {
        match (host, port, now.as_secs()) {
            ("db" | "db.default.svc.cluster.local", 80, 10..) => Ok(()),
            ("db" | "db.default.svc.cluster.local", ..) => Err(NetworkError::Refused),
            ("slow", ..) => Err(NetworkError::TimedOut),
            _ => Err(NetworkError::UnknownHost),
        }
    }

    fn address(&self, host: &str) -> Option<Name> {
        host.starts_with("db").then(|| "10.96.0.7".into())
    }
}

/// The log and end of a script in a container of this image, with the network.
fn story(image: &str, script: &str) -> String {
    let mut bench = Bench::unstarted(launch(image, &["sh", "-c", script], &[], &[]));
    bench.network = &OneService;
    bench.run(60_000);
    bench.story()
}

fn status(bench: &Bench, port: u16, path: &str) -> Result<u16, Refused> {
    bench.container.http(port, path, bench.now, &bench.volumes).map(|reply| reply.status)
}

#[test]
fn the_inference_server_loads_and_then_answers() {
    let env =
        [("VERSION", "v9"), ("MODEL_LOAD_SECONDS", "20"), ("PORT", "9000"), ("LATENCY_MS", "50")];
    let mut bench = Bench::start(launch("registry.example/inference:v1", &[], &[], &env));
    assert_eq!(bench.container.loading(), Some((Instant::BOOT, Instant::from_secs(20))));
    assert_eq!(status(&bench, 8080, "/ready"), Err(Refused::NotListening));
    let answers = |bench: &Bench| {
        ["/health", "/ready", "/v1/models", "/v1/completions", "/else"]
            .map(|path| status(bench, 9000, path).unwrap_or(0))
    };
    bench.run(19_999);
    assert_eq!(answers(&bench), [200, 503, 503, 503, 503]);
    assert_eq!(bench.container.grpc_health(9000, bench.now), Some(GrpcHealth::NotServing));
    bench.run(20_000);
    assert_eq!(answers(&bench), [200, 200, 200, 200, 404]);
    assert_eq!(bench.story(), "loading model v9\n[20.000] model loaded, serving v9\nrunning");
    let latency = |bench: &Bench| {
        let reply = bench.container.http(9000, "/v1/completions", bench.now, &bench.volumes);
        reply.expect("it answers").latency.as_millis()
    };
    assert_eq!(latency(&bench), 100, "cold");
    bench.run(25_000);
    assert_eq!(latency(&bench), 75, "half warm");
    bench.run(40_000);
    assert_eq!(latency(&bench), 50, "warm");
    bench.signal(Signal::Term);
    assert!(!bench.container.listens(9000, bench.now));
    bench.run(41_000);
    assert_eq!(
        bench.container.exit().map(|exit| (exit.code, exit.at)),
        Some((0, Instant::from_millis(40_100)))
    );
}

#[test]
fn bad_releases_fail_in_their_own_ways() {
    let started = |tag: &str, env: &[(&str, &str)]| {
        let mut launch = launch(&format!("registry.example/inference:{tag}"), &[], &[], env);
        launch.memory_limit = Some(8 << 30);
        let mut bench = Bench::start(launch);
        bench.run(10_000);
        bench
    };
    let of = |bench: &Bench| {
        (
            status(bench, 8080, "/ready").unwrap_or(0),
            status(bench, 8080, "/v1/completions").unwrap_or(0),
        )
    };
    assert_eq!(of(&started("v2", &[])), (200, 200));
    assert_eq!(of(&started("v3", &[])), (503, 500));
    assert_eq!(of(&started("v4-bad", &[])), (503, 500));
    assert_eq!(of(&started("v2", &[("FAIL_READY", "true")])), (503, 200));
    let exit = |bench: &Bench| {
        bench.container.exit().map(|exit| (exit.code, exit.reason(), exit.at.as_secs()))
    };
    assert_eq!(exit(&started("v2-crash", &[])), Some((1, "Error", 8)));
    assert_eq!(exit(&started("v2", &[("CRASH_AFTER_SECONDS", "3")])), Some((1, "Error", 3)));
    assert_eq!(exit(&started("v2", &[("MODEL_MEMORY", "16Gi")])), Some((137, "OOMKilled", 4)));
    assert_eq!(exit(&started("v2", &[("MODEL_MEMORY", "4Gi")])), None);
}

#[test]
fn familiar_images_serve_where_people_expect_them() {
    for (image, args, port, path, loads, stops) in [
        ("nginx:1.27", &[][..], 80, "/", 0, true),
        ("nginx:1.27-alpine", &[], 80, "/", 0, true),
        ("httpd:2.4", &[], 80, "/", 0, true),
        ("vllm/vllm-openai:v0.9.1", &["--model", "m"], 8000, "/health", 90, true),
        ("vllm/vllm-openai:v0.9.1", &["m", "--port=9000"], 9000, "/v1/models", 90, true),
        (
            "nvcr.io/nvidia/tritonserver:24.05-py3",
            &["tritonserver"],
            8000,
            "/v2/health/ready",
            45,
            true,
        ),
        (
            "ghcr.io/huggingface/text-generation-inference:3.0",
            &["--model-id", "m"],
            80,
            "/health",
            75,
            true,
        ),
        ("gcr.io/google-samples/hello-app:2.0", &[], 8080, "/", 0, true),
        ("hashicorp/http-echo:1.0", &["-text=hi", "-listen=:8080"], 8080, "/", 0, true),
        (
            "registry.k8s.io/e2e-test-images/agnhost:2.53",
            &["netexec", "--http-port=8888"],
            8888,
            "/hostname",
            0,
            true,
        ),
        ("python:3.12", &["python3", "-m", "http.server", "8123"], 8123, "/", 0, false),
        ("busybox", &["httpd", "-f", "-p", "0.0.0.0:8081", "-h", "/tmp"], 8081, "/", 0, false),
    ] {
        let mut bench = Bench::start(launch(image, &[], args, &[]));
        if image == "busybox" || image.starts_with("python") {
            bench = Bench::start(launch(image, args, &[], &[]));
        }
        bench.run(loads * 1_000);
        let expected = if stops || path != "/" { 200 } else { 404 };
        assert_eq!(status(&bench, port, path), Ok(expected), "{image} {}", bench.story());
        assert_eq!(bench.container.diagnostics(), [], "{image}");
        bench.signal(Signal::Term);
        bench.run(loads * 1_000 + 5_000);
        assert_eq!(bench.container.exit().is_some(), stops, "{image}");
    }
    let raw = |image: &str, port: u16| {
        let mut bench = Bench::start(launch(image, &[], &[], &[]));
        bench.run(10_000);
        (bench.container.listens(port, bench.now), status(&bench, port, "/"))
    };
    assert_eq!(raw("redis:7", 6379), (true, Err(Refused::NotHttp)));
    assert_eq!(raw("postgres:16", 5432), (true, Err(Refused::NotHttp)));
    let mut pause = Bench::start(launch("registry.k8s.io/pause:3.10", &[], &[], &[]));
    assert_eq!(pause.story(), "running");
    pause.signal(Signal::Term);
    pause.run(1_000);
    assert_eq!(pause.container.exit().map(|exit| exit.code), Some(0));
    // Base images run a shell, which ends without a terminal.
    for image in ["busybox", "ubuntu", "python:3.12", "alpine", "node:20"] {
        assert_eq!(Bench::start(launch(image, &[], &[], &[])).story(), "exit 0", "{image}");
    }
}

#[test]
fn a_program_behind_a_shell_hears_of_sigterm_only_when_it_took_its_place() {
    let ends = |image: &str, shell: &str, script: &str| {
        let mut bench = Bench::start(launch(image, &[shell, "-c", script], &[], &[]));
        bench.run(1_000);
        bench.signal(Signal::Term);
        bench.run(30_000);
        bench.container.exit().is_some()
    };
    let nginx = "nginx -g 'daemon off;'";
    assert!(ends("nginx:1.27", "sh", nginx), "dash gives its place to the last command");
    assert!(ends("nginx:1.27", "sh", &format!("echo up; {nginx}")));
    assert!(ends("nginx:1.27", "bash", nginx));
    assert!(
        !ends("nginx:1.27", "bash", &format!("echo up; {nginx}")),
        "bash does so with an only one"
    );
    assert!(!ends("nginx:1.27-alpine", "sh", nginx), "busybox never does");
    assert!(ends("nginx:1.27-alpine", "sh", &format!("exec {nginx}")));
    assert!(!ends("nginx:1.27", "sh", &format!("trap : HUP; {nginx}")));
}

#[test]
fn nginx_can_be_stopped_by_a_hook_and_forgotten_in_the_background() {
    let mut bench = Bench::start(launch("nginx:1.27", &[], &[], &[]));
    assert_eq!(bench.exec(&["nginx", "-s", "quit"]), Exec::Done { code: 0, output: String::new() });
    bench.run(1_000);
    assert_eq!(bench.container.exit().map(|exit| exit.code), Some(0));
    let mut bench = Bench::start(launch("nginx:1.27", &["nginx"], &[], &[]));
    bench.run(1_000);
    assert_eq!(bench.container.exit().map(|exit| exit.code), Some(0), "the first process ends");
    let mut bench = Bench::start(launch("nginx:1.27", &["sh", "-c", "nginx; sleep 60"], &[], &[]));
    bench.run(1_000);
    assert_eq!(status(&bench, 80, "/"), Ok(200));
}

#[test]
fn nginx_serves_what_is_put_before_it_and_listens_as_configured() {
    let mut bench = Bench::start(launch("nginx:1.27", &[], &[], &[]));
    let page = |bench: &Bench, port: u16| {
        bench.container.http(port, "/", bench.now, &bench.volumes).map(|reply| reply.body)
    };
    assert_eq!(page(&bench, 80), Ok("<title>Welcome to nginx!</title>\n".into()));
    assert_eq!(status(&bench, 80, "/healthz"), Ok(404));
    bench.exec(&["sh", "-c", "echo v2 > /usr/share/nginx/html/index.html"]);
    assert_eq!(page(&bench, 80), Ok("v2\n".into()));
    let mut launch = launch("nginx:1.27", &[], &[], &[]);
    let (volume, path, sub_path) = ("conf".into(), "/etc/nginx/conf.d".into(), "".into());
    launch.mounts = vec![Mount { volume, path, sub_path, read_only: false }];
    let mut files = Files::default();
    files.write("/default.conf", "server {\n  listen 8080;\n}\n").expect("it is small");
    let mut bench = Bench::unstarted(launch);
    let conf = Volume { name: "conf".into(), files: Arc::new(files), read_only: true };
    bench.volumes = Volumes { list: vec![conf] };
    bench.run(0);
    let found = (status(&bench, 80, "/"), status(&bench, 8080, "/"));
    assert_eq!(found, (Err(Refused::NotListening), Ok(200)));
}

#[test]
fn clients_ask_services_and_the_container_itself() {
    assert_eq!(
        story("curlimages/curl:8.10.1", "sleep 10; curl -s db; echo $?"),
        "[10.250] hello\n[10.250] 0\nexit 0 at 10.250"
    );
    assert_eq!(
        story("curlimages/curl:8.10.1", "curl -sS http://db:81/; curl -s nobody; echo $?"),
        "curl: (7) Failed to connect to db port 81 after 0 ms: Could not connect to server\n6\nexit 0"
    );
    assert_eq!(
        story(
            "curlimages/curl:8.10.1",
            "sleep 10; curl -fs db/broken; echo $?; curl -s -o /dev/null -w '%{http_code}\\n' db/broken"
        ),
        "[10.250] 22\n[10.500] 500\nexit 0 at 10.500"
    );
    assert_eq!(
        story(
            "busybox",
            "until nc -z db 80; do echo waiting; sleep 4; done; wget -qO- http://db/x"
        ),
        "waiting\n[4.000] waiting\n[8.000] waiting\n[12.250] hello\nexit 0 at 12.250"
    );
    assert_eq!(
        story("busybox", "wget -T 5 -qO- http://slow/"),
        "[5.000] wget: download timed out\nexit 1 at 5.000"
    );
    assert_eq!(story("busybox", "wget -q http://nobody/"), "wget: bad address 'nobody'\nexit 1");
    assert_eq!(
        story(
            "busybox",
            "httpd -f -p 80 & wget -qO- localhost; echo hi > /index.html; wget -qO- 127.0.0.1:80; kill $!"
        ),
        "[0.001] wget: server returned error: HTTP/1.1 404 Not Found\n[0.003] hi\nexit 0 at 0.003"
    );
    let docs = "until nslookup db.$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace).svc.cluster.local; do echo waiting; sleep 2; done";
    assert!(
        story("busybox:1.28", docs)
            .contains("Name:\tdb.default.svc.cluster.local\nAddress: 10.96.0.7")
    );
    assert_eq!(
        story(
            "busybox",
            "while true; do printf 'HTTP/1.1 200 OK\\n\\nhi\\n' | nc -l -p 8080; done & sleep 1; wget -qO- localhost:8080; exit"
        ),
        "[1.001] hi\nexit 0 at 1.001"
    );
}

#[test]
fn bashs_own_syntax_is_run_or_said_not_to_be() {
    let bash = |script: &str| {
        let mut bench = Bench::start(launch("debian:12", &["bash", "-c", script], &[], &[]));
        bench.run(10_000);
        bench.story()
    };
    assert_eq!(bash("for i in {1..3} x{a,b}; do echo -n $i; done"), "123xaxb␄\nexit 0");
    assert_eq!(
        bash("V=v1; echo ${V^^} ${V^} ; W=ABC; echo ${W,,} ${W,}"),
        "V1 V1\nabc aBC\nexit 0"
    );
    assert_eq!(
        bash("i=0; while ((i < 2)); do ((i++)); done; echo $i; ((0)) || echo no"),
        "2\nno\nexit 0"
    );
    assert_eq!(
        bash("echo a &> /tmp/x; ls /no &>> /tmp/x; cat /tmp/x; read y <<< 'b c'; echo $y"),
        "a\nls: cannot access '/no': No such file or directory\nb c\nexit 0"
    );
    assert_eq!(
        bash("[[ v1 == v* && -n x ]] && echo match; echo $HOSTNAME $((RANDOM < 32768))"),
        "match\npod-1 1\nexit 0"
    );
    assert_eq!(
        bash("apt-get update; apt-get install -y curl; curl -s localhost; echo $?"),
        "rollscope: line 1: packages are not downloaded; they count as installed after 5 s\n[5.000] 7\nexit 0 at 5.000"
    );
    assert!(bash("a=(1 2); echo ${a[0]}").contains(
        "rollscope: line 1: arrays and some more of bash's own syntax are not simulated"
    ));
}

#[test]
fn small_programs_do_their_part() {
    assert_eq!(story("busybox", "timeout 3 sleep 9; echo $?"), "[3.000] 143\nexit 0 at 3.000");
    assert_eq!(story("debian:12", "timeout 3 sleep 9; echo $?"), "[3.000] 124\nexit 0 at 3.000");
    assert_eq!(
        story("busybox", "echo a-b-a | sed 's/a/x/g;s/y/z/' | cat"),
        "rollscope: line 1: `sed s/a/x/g;s/y/z/` is not simulated; it counts as done at once\nexit 0"
    );
    assert_eq!(
        story(
            "busybox",
            "echo a-b-a | sed s/a/x/; echo aab | sed 's/a*/<>/g'; echo one two | awk '{print $2}'"
        ),
        "x-b-a\n<>b<>\ntwo\nexit 0"
    );
    assert_eq!(
        story(
            "busybox",
            "echo port=@P@ > /tmp/c; sed -i s/@P@/80/ /tmp/c; cat /tmp/c; expr 2 + 3; seq 2"
        ),
        "port=80\n5\n1\n2\nexit 0"
    );
    assert_eq!(
        story(
            "debian:12",
            "sleep 3 & sleep 1 & wait -n; echo one; wait -n; echo two; wait -n; echo $?"
        ),
        "[1.000] one\n[3.000] two\n[3.000] 127\nexit 0 at 3.000"
    );
    assert_eq!(
        story(
            "busybox",
            "date +%s; hostname; basename /a/b.txt .txt; dirname /a/b; env | grep HOME"
        ),
        "1767225600\npod-1\nb\n/a\nHOME=/root\nexit 0"
    );
    assert_eq!(
        story("busybox", "which wget curl; command -v sh; type nothing; echo $?"),
        "/bin/wget\n/bin/sh\n127\nexit 0"
    );
}

#[test]
fn volumes_are_shared_and_config_maps_cannot_be_written() {
    let mut files = Files::default();
    files.write("/run.sh", "#!/bin/sh\necho from a ConfigMap, $1\n").expect("it is small");
    let volumes = Volumes {
        list: vec![
            Volume { name: "scripts".into(), files: Arc::new(files), read_only: true },
            Volume { name: "work".into(), ..Volume::default() },
        ],
    };
    let mount = |volume: &str, path: &str, sub_path: &str| Mount {
        volume: volume.into(),
        path: path.into(),
        sub_path: sub_path.into(),
        read_only: false,
    };
    let script = "sh /scripts/run.sh x; /scripts/run.sh; echo y > /scripts/z; ls /scripts; \
                  echo kept > /work/deep; cat /one.sh | head -1; touch /readonly; rm -rf /work/*; \
                  ls /work; echo again > /work/f";
    let mut launch = launch("busybox", &["sh", "-c", script], &[], &[]);
    launch.mounts = vec![
        mount("scripts", "/scripts", ""),
        mount("work", "/work/", ""),
        mount("scripts", "/one.sh", "run.sh"),
    ];
    launch.read_only_root = true;
    let mut bench = Bench::unstarted(launch);
    bench.volumes = volumes;
    bench.run(10);
    assert_eq!(
        bench.story(),
        "from a ConfigMap, x\nsh: /scripts/run.sh: Permission denied\n\
         sh: can't create /scripts/z: Read-only file system\nrun.sh\n#!/bin/sh\n\
         touch: /readonly: Read-only file system\nexit 0"
    );
    let work = bench.volumes.get("work").expect("it was mounted");
    assert_eq!(work.files.read("/f").map(|text| &**text), Some("again\n"));
    assert_eq!(work.files.read("/deep"), None);
}

#[test]
fn commands_sent_into_a_container_run_beside_its_own() {
    let mut bench = Bench::script("sleep 100");
    let done = |code, output: &str| Exec::Done { code, output: output.to_owned() };
    assert_eq!(bench.exec(&["sh", "-c", "echo $VERSION; exit 3"]), done(3, "v1\n"));
    assert_eq!(bench.exec(&["cat", "/tmp"]), done(1, "cat: can't open '/tmp': Is a directory\n"));
    assert_eq!(bench.exec(&["test", "-f", "/tmp/x"]), done(1, ""));
    assert_eq!(bench.exec(&["sh", "-c", "echo hook > /proc/1/fd/1"]), done(0, ""));
    let Exec::Running(slow) = bench.exec(&["sh", "-c", "sleep 5; echo done"]) else {
        panic!("it sleeps");
    };
    let Exec::Running(stuck) = bench.exec(&["sleep", "50"]) else {
        panic!("it sleeps");
    };
    bench.run(4_999);
    assert_eq!(bench.container.exec_result(slow), None);
    bench.with(|container, now, world| container.stop_exec(stuck, now, world));
    bench.run(5_000);
    assert_eq!(bench.container.exec_result(slow), Some((0, "done\n".to_owned())));
    assert_eq!(
        (bench.container.exec_result(slow), bench.container.exec_result(stuck)),
        (None, None)
    );
    assert_eq!(bench.story(), "hook\nrunning");
    let failed = "OCI runtime exec failed: exec failed: unable to start container process: \
                  exec: \"bash\": executable file not found in $PATH: unknown";
    assert_eq!(bench.exec(&["bash", "-c", "true"]), Exec::Failed(failed.to_owned()));
    let mut distroless = Bench::start(launch("registry.k8s.io/pause:3.10", &[], &[], &[]));
    assert!(matches!(distroless.exec(&["sh", "-c", "true"]), Exec::Failed(_)));
    assert!(matches!(distroless.exec(&["/bin/sh"]), Exec::Failed(_)));
    let missing = launch("busybox", &["serve"], &[], &[]);
    assert!(missing.start_error().is_some_and(|text| {
        text.contains("exec: \"serve\": executable file not found in $PATH: unknown")
    }));
}

#[test]
fn a_script_is_checked_without_running_it() {
    let check = |image: &str, script: &str| -> Vec<String> {
        let found = launch(image, &["sh", "-c", script], &[], &[]).check();
        found.iter().map(|found| format!("{}: {}", found.line, found.text)).collect()
    };
    assert_eq!(
        check("busybox", "f() { :; }\nf; echo $(cat /x)\nif true; then sleep 1; fi; $X"),
        [""; 0]
    );
    assert_eq!(
        check("busybox", "echo a\ncurl x\nfind /\nif true"),
        [
            "2: curl: not found in the image busybox",
            "3: `find` is not simulated; it counts as done at once",
            "4: syntax error: unexpected end of file (expecting \"then\")",
        ]
    );
}
