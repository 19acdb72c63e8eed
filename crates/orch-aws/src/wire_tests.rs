//! Collectors against a small server of our own: what goes over the wire, and what is made of the answers.

mod costs;
mod services;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Disposition, Progress, Run,
};
use orch_model::kind::{InstanceState, Lifecycle};
use orch_model::{Body, Call, CallOutcome, Cause, Field, Gap, Provider, Resource, Scope};
use orch_snapshot::Item;
use rust_decimal::Decimal;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::call::Caller;
use crate::client::{self, Clients};
use crate::collect::collectors;
use crate::http;
use crate::operations::Refused;
use crate::provider::Aws;

/// One answer.
#[derive(Clone)]
enum Answer {
    Say {
        status: u16,
        headers: &'static str,
        body: String,
    },
    /// As CloudWatch speaks.
    Cbor(Vec<u8>),
    HangUp,
}

fn ok(body: &str) -> Answer {
    Answer::Say {
        status: 200,
        headers: "",
        body: body.to_owned(),
    }
}

/// An error as EC2 words it.
fn ec2_error(status: u16, code: &str, headers: &'static str) -> Answer {
    let body = format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>secret words</Message></Error>\
         </Errors><RequestID>r</RequestID></Response>"
    );
    Answer::Say {
        status,
        headers,
        body,
    }
}

/// A server that gives these answers in turn, the last one for ever, and keeps what it was asked.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for (turn, connection) in listener.incoming().enumerate() {
                let answer = answers[turn.min(answers.len() - 1)].clone();
                if let Ok(connection) = connection {
                    serve(connection, &answer, |body| log.lock().unwrap().push(body));
                }
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Reads one request and gives one answer. The request is noted before: who has the answer finds it noted.
fn serve(mut connection: TcpStream, answer: &Answer, note: impl FnOnce(String)) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    // What a request without a body asks for stands in its first line.
    let mut first = String::new();
    let _ = reader.read_line(&mut first);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    note(first + &String::from_utf8_lossy(&body));
    let cbor = "content-type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor\r\n";
    let (status, headers, body) = match answer {
        Answer::Say {
            status,
            headers,
            body,
        } => (*status, *headers, body.as_bytes()),
        Answer::Cbor(body) => (200, cbor, body.as_slice()),
        Answer::HangUp => return,
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
    );
    let _ = connection.write_all(&[head.as_bytes(), body].concat());
}

fn config(url: &str, settings: &CollectSettings) -> SdkConfig {
    let keys = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let connect = HttpConnectorSettings::builder()
        .connect_timeout(settings.connect)
        .build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(url)
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .http_client(http::Shared::new(connect))
        .retry_config(client::retries(settings.max_attempts))
        .timeout_config(client::timeouts(settings))
        .build()
}

fn scope(region: &str) -> Scope {
    Scope::new(Provider::Aws, "aws", "111122223333", region)
}

/// What a collector made of a server.
struct Outcome {
    result: Result<(), CollectError>,
    items: Vec<Item>,
    gap: Option<Gap>,
    calls: Vec<Call>,
    retries: usize,
}

impl Outcome {
    fn resources(&self) -> Vec<&Resource> {
        self.items
            .iter()
            .map(|item| match item {
                Item::Resource(resource) => resource,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// The gap that ended the read.
    fn ended_by(&self) -> Gap {
        match self.result.as_ref().unwrap_err().disposition() {
            Disposition::Gap(gap) => gap,
            other => panic!("{other:?}"),
        }
    }
}

async fn run(url: &str, name: &str, prior: Vec<Resource>) -> Outcome {
    run_with(url, name, prior, CollectSettings::default()).await
}

async fn run_with(
    url: &str,
    name: &str,
    prior: Vec<Resource>,
    settings: CollectSettings,
) -> Outcome {
    let aws = Arc::new(Aws::new(
        Clients::new(config(url, &settings)),
        "eu-west-1".to_owned(),
    ));
    let (events, mut told) = mpsc::unbounded_channel();
    let run = Run::new(&settings, CancellationToken::new(), Some(events));
    let collectors = collectors(&aws);
    let collector = collectors
        .iter()
        .find(|collector| collector.spec().name == name)
        .unwrap();
    let context = CollectContext {
        scope: scope("eu-west-1"),
        as_of: "2026-11-22T12:02:00Z".parse().unwrap(),
        prior,
        settings: Arc::new(settings),
        run: run.clone(),
    };
    let mut out = Batch::in_memory();
    let result = collector.collect(&context, &mut out).await;
    let mut retries = 0;
    while let Ok(event) = told.try_recv() {
        retries += usize::from(matches!(event, Progress::Retry { .. }));
    }
    let (gap, calls) = (out.gap().cloned(), run.calls());
    Outcome {
        result,
        items: out.into_items(),
        gap,
        calls,
        retries,
    }
}

fn volumes(ids: &[&str], token: &str) -> Answer {
    let volumes: String = ids
        .iter()
        .map(|id| {
            format!(
                "<item><volumeId>{id}</volumeId><size>8</size><status>available</status>\
                 <volumeType>gp3</volumeType><encrypted>false</encrypted></item>"
            )
        })
        .collect();
    ok(&format!(
        "<DescribeVolumesResponse><volumeSet>{volumes}</volumeSet><nextToken>{token}</nextToken>\
         </DescribeVolumesResponse>"
    ))
}

#[tokio::test]
async fn pages_are_read_to_the_end_in_the_fewest_calls() {
    let server = Server::start(vec![
        volumes(&["vol-1", "vol-2"], "next"),
        volumes(&["vol-3"], ""),
    ]);
    let outcome = run(&server.url, "ec2.volumes", vec![]).await;
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.resources().len(), 3);
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].contains("Action=DescribeVolumes") && asked[0].contains("MaxResults=1000"));
    assert!(asked[1].contains("NextToken=next"));
    let items: Vec<u64> = outcome.calls.iter().map(|call| call.items).collect();
    assert_eq!(items, [2, 1]);
    assert_eq!(outcome.calls[0].operation, "ec2:DescribeVolumes");
    assert_eq!(outcome.calls[0].collector.as_deref(), Some("ec2.volumes"));
}

#[tokio::test]
async fn a_token_that_repeats_ends_the_list_and_keeps_what_was_read() {
    let server = Server::start(vec![
        volumes(&["vol-1"], "same"),
        volumes(&["vol-2"], "same"),
    ]);
    let outcome = run(&server.url, "ec2.volumes", vec![]).await;
    assert_eq!(outcome.ended_by().cause, Cause::PagingBroken);
    assert_eq!(outcome.resources().len(), 2);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn the_servers_wish_to_wait_is_kept() {
    let server = Server::start(vec![
        ec2_error(503, "RequestLimitExceeded", "retry-after: 1\r\n"),
        Answer::Say {
            status: 429,
            headers: "x-amz-retry-after: 200\r\n",
            body: String::new(),
        },
        volumes(&["vol-1"], ""),
    ]);
    let began = Instant::now();
    let outcome = run(&server.url, "ec2.volumes", vec![]).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert!(
        began.elapsed() >= Duration::from_millis(1_200),
        "{:?}",
        began.elapsed()
    );
    assert_eq!((outcome.calls[0].attempts, outcome.retries), (3, 2));
}

#[tokio::test]
async fn throttling_to_the_end_is_a_gap() {
    let server = Server::start(vec![ec2_error(503, "RequestLimitExceeded", "")]);
    let settings = CollectSettings {
        max_attempts: 2,
        ..CollectSettings::default()
    };
    let outcome = run_with(&server.url, "ec2.volumes", vec![], settings).await;
    let gap = outcome.ended_by();
    assert_eq!(gap.cause, Cause::Throttled);
    assert_eq!(gap.detail, "ec2:DescribeVolumes RequestLimitExceeded");
    assert_eq!(outcome.calls[0].attempts, 2);
    assert_eq!(
        outcome.calls[0].outcome,
        CallOutcome::Failed(Cause::Throttled)
    );
}

#[tokio::test]
async fn refusals_are_told_apart_and_tried_once() {
    for (code, status, cause) in [
        ("UnauthorizedOperation", 403, Cause::Denied),
        ("OptInRequired", 401, Cause::Disabled),
        ("AuthFailure", 401, Cause::Disabled),
        ("InvalidParameterValue", 400, Cause::ServerError),
    ] {
        let server = Server::start(vec![ec2_error(status, code, "")]);
        let outcome = run(&server.url, "ec2.vpcs", vec![]).await;
        let gap = outcome.ended_by();
        assert_eq!((gap.cause, outcome.calls[0].attempts), (cause, 1), "{code}");
        assert_eq!(gap.detail, format!("ec2:DescribeVpcs {code}"));
    }
}

#[tokio::test]
async fn credentials_that_run_out_end_everything() {
    let server = Server::start(vec![ec2_error(400, "ExpiredToken", "")]);
    let outcome = run(&server.url, "ec2.vpcs", vec![]).await;
    assert_eq!(
        outcome.result.unwrap_err().disposition(),
        Disposition::Abort
    );
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_once_more_and_then_undecodable() {
    for broken in ["<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-", ""] {
        let server = Server::start(vec![ok(broken)]);
        let outcome = run(&server.url, "ec2.vpcs", vec![]).await;
        assert_eq!(outcome.ended_by().cause, Cause::Undecodable);
        assert_eq!(outcome.calls[0].attempts, 2);
        assert!(outcome.items.is_empty());
    }
    let server = Server::start(vec![ok(
        "<DescribeVpcsResponse><vpcSet><item/></vpcSet></DescribeVpcsResponse>",
    )]);
    let outcome = run(&server.url, "ec2.vpcs", vec![]).await;
    assert_eq!(outcome.ended_by().detail, "ec2:DescribeVpcs VPC without id");
}

#[tokio::test]
async fn a_host_that_hangs_up_is_left_alone_after_three_times() {
    let server = Server::start(vec![Answer::HangUp]);
    let settings = CollectSettings::default();
    let clients = Clients::new(config(&server.url, &settings));
    let run = Run::new(&settings, CancellationToken::new(), None);
    let caller = Caller::discovery(&run, Some(scope("eu-west-1")));
    let ec2 = clients.ec2("eu-west-1");
    let ask = || caller.call("ec2:DescribeVpcs", ec2.describe_vpcs().send(), |_| 0);
    assert_eq!(ask().await.unwrap_err().cause, Cause::Unreachable);
    assert_eq!(run.calls()[0].attempts, settings.circuit);
    assert_eq!(ask().await.unwrap_err().cause, Cause::SkippedAfterFailures);
    assert_eq!(run.calls().len(), 1, "what was not sent is no call");
}

#[tokio::test]
async fn what_is_not_on_the_list_or_not_in_the_ledger_is_never_sent() {
    let server = Server::start(vec![ok("<x/>")]);
    let settings = CollectSettings::default();
    let clients = Clients::new(config(&server.url, &settings));
    let run = Run::new(&settings, CancellationToken::new(), None);
    let caller = Caller::discovery(&run, None);
    let ec2 = clients.ec2("eu-west-1");
    let request = ec2.get_password_data().instance_id("i-1").send();
    let failure = caller
        .call("ec2:GetPasswordData", request, |_| 0)
        .await
        .unwrap_err();
    assert_eq!(failure.cause, Cause::Denied);
    assert!(
        failure.gap().detail.contains("not on the list"),
        "{failure}"
    );
    let request = ec2.terminate_instances().instance_ids("i-1").send();
    assert!(
        caller
            .call("ec2:DescribeVpcs", request, |_| 0)
            .await
            .is_err()
    );
    let stray = ec2.describe_vpcs().send().await.unwrap_err();
    assert!(crate::error::find::<Refused>(&stray).is_some());
    assert!(server.asked().is_empty());
    assert!(run.calls().is_empty());
}

#[tokio::test]
async fn signed_requests_do_not_leave_this_machine_unencrypted() {
    let settings = CollectSettings::default();
    let clients = Clients::new(config("http://192.0.2.1:9", &settings));
    let run = Run::new(&settings, CancellationToken::new(), None);
    let caller = Caller::discovery(&run, None);
    let request = clients.ec2("eu-west-1").describe_vpcs().send();
    let failure = caller
        .call("ec2:DescribeVpcs", request, |_| 0)
        .await
        .unwrap_err();
    let plain = crate::error::find::<crate::watch::PlainHttp>(failure.source.as_deref().unwrap());
    assert_eq!(plain.unwrap().0, "192.0.2.1:9");
    assert!(run.calls().is_empty());
}

#[tokio::test]
async fn a_cancelled_run_sends_nothing_more() {
    let server = Server::start(vec![volumes(&[], "")]);
    let settings = CollectSettings::default();
    let clients = Clients::new(config(&server.url, &settings));
    let cancel = CancellationToken::new();
    let run = Run::new(&settings, cancel.clone(), None);
    cancel.cancel();
    let caller = Caller::discovery(&run, None);
    let request = clients.ec2("eu-west-1").describe_volumes().send();
    let failure = caller
        .call("ec2:DescribeVolumes", request, |_| 0)
        .await
        .unwrap_err();
    assert_eq!(failure.cause, Cause::Cancelled);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn public_snapshots_are_asked_for_once_and_only_where_there_are_any() {
    let snapshots = |items: &str| {
        ok(&format!(
            "<DescribeSnapshotsResponse><snapshotSet>{items}</snapshotSet></DescribeSnapshotsResponse>"
        ))
    };
    let one = "<item><snapshotId>snap-1</snapshotId><volumeId>vol-1</volumeId><volumeSize>8</volumeSize>\
               <startTime>2026-01-01T00:00:00.000Z</startTime><encrypted>false</encrypted>\
               <status>completed</status></item>";
    let server = Server::start(vec![snapshots(one), snapshots(one)]);
    let outcome = run(&server.url, "ec2.snapshots", vec![]).await;
    let Body::StorageSnapshot(body) = &outcome.resources()[0].body else {
        panic!()
    };
    assert_eq!(body.public, Field::Value(true));
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.contains("Owner.1=self")));
    assert!(asked[1].contains("RestorableBy.1=all"), "{}", asked[1]);

    let server = Server::start(vec![snapshots("")]);
    let outcome = run(&server.url, "ec2.snapshots", vec![]).await;
    assert!(outcome.result.is_ok());
    assert_eq!(server.asked().len(), 1);

    let server = Server::start(vec![
        snapshots(one),
        ec2_error(403, "UnauthorizedOperation", ""),
    ]);
    let outcome = run(&server.url, "ec2.snapshots", vec![]).await;
    assert!(outcome.result.is_ok(), "the snapshots themselves were read");
    assert!(outcome.resources()[0].not_read.is_some());
}

#[tokio::test]
async fn prefix_lists_are_resolved_once() {
    let rule = |port: u16| {
        format!(
            "<item><ipProtocol>tcp</ipProtocol><fromPort>{port}</fromPort><toPort>{port}</toPort>\
             <prefixListIds><item><prefixListId>pl-1</prefixListId></item></prefixListIds></item>"
        )
    };
    let groups = ok(&format!(
        "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId>\
         <groupName>web</groupName><ipPermissions>{}{}</ipPermissions></item></securityGroupInfo>\
         </DescribeSecurityGroupsResponse>",
        rule(22),
        rule(443)
    ));
    let entries = ok(
        "<GetManagedPrefixListEntriesResponse><entrySet><item><cidr>0.0.0.0/1</cidr></item>\
         <item><cidr>128.0.0.0/1</cidr></item></entrySet></GetManagedPrefixListEntriesResponse>",
    );
    let server = Server::start(vec![groups, entries]);
    let outcome = run(&server.url, "ec2.security-groups", vec![]).await;
    let Body::NetworkFirewall(body) = &outcome.resources()[0].body else {
        panic!()
    };
    assert_eq!(body.ingress.len(), 2);
    assert_eq!(
        body.ingress[1].prefix_lists[0]
            .blocks
            .value()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn cost_explorer_is_paid_for_before_it_is_asked() {
    let page = ok(
        r#"{"ResultsByTime":[{"TimePeriod":{"Start":"2026-11-21","End":"2026-11-22"},
        "Estimated":true,"Groups":[{"Keys":["Amazon S3","eu-west-1"],"Metrics":
        {"UnblendedCost":{"Amount":"1.5","Unit":"USD"},"AmortizedCost":{"Amount":"1.4","Unit":"USD"}}}]}],
        "NextPageToken":"more"}"#,
    );
    let server = Server::start(vec![page.clone(), page]);
    let settings = CollectSettings {
        max_api_cost: Decimal::new(1, 2),
        ..CollectSettings::default()
    };
    let outcome = run_with(&server.url, "ce.costs", vec![], settings).await;
    assert_eq!(outcome.ended_by().cause, Cause::BudgetReached);
    assert_eq!((outcome.items.len(), server.asked().len()), (1, 1));
    assert_eq!(outcome.calls[0].charge_usd, Decimal::new(1, 2));
    assert!(server.asked()[0].contains("LINKED_ACCOUNT"));

    let off = Answer::Say {
        status: 400,
        headers: "content-type: application/x-amz-json-1.1\r\n",
        body: r#"{"__type":"AccessDeniedException","message":"User not enabled for cost explorer access"}"#
            .to_owned(),
    };
    let server = Server::start(vec![off]);
    let outcome = run(&server.url, "ce.costs", vec![]).await;
    assert_eq!(outcome.ended_by().cause, Cause::Disabled);
}

/// An instance that runs, or is stopped since then.
fn instance(id: &str, stopped: Option<&str>) -> Resource {
    let scope = scope("eu-west-1");
    let found = aws_sdk_ec2::types::Instance::builder()
        .instance_id(id)
        .instance_type(aws_sdk_ec2::types::InstanceType::from("m5.large"))
        .state(
            aws_sdk_ec2::types::InstanceState::builder()
                .name(aws_sdk_ec2::types::InstanceStateName::from(
                    if stopped.is_some() {
                        "stopped"
                    } else {
                        "running"
                    },
                ))
                .build(),
        )
        .set_state_transition_reason(stopped.map(|at| format!("User initiated ({at} GMT)")))
        .build();
    let resource = crate::collect::instance(&scope, &found);
    let Body::ComputeInstance(body) = &resource.body else {
        panic!()
    };
    assert_eq!(body.lifecycle, Field::Value(Lifecycle::OnDemand));
    assert_eq!(
        body.state == Field::Value(InstanceState::Stopped),
        stopped.is_some()
    );
    resource
}

#[tokio::test]
async fn metrics_are_asked_only_of_instances_that_were_up() {
    let settings = CollectSettings {
        max_api_cost: Decimal::ZERO,
        ..CollectSettings::default()
    };
    let aws = Arc::new(Aws::new(
        Clients::new(config("http://127.0.0.1:9", &settings)),
        String::new(),
    ));
    let collectors = collectors(&aws);
    let cpu = collectors
        .iter()
        .find(|one| one.spec().name == "cloudwatch.cpu")
        .unwrap();
    let prior = vec![
        instance("i-1", None),
        instance("i-2", Some("2026-11-20 00:00:00")),
        instance("i-3", Some("2026-01-01 00:00:00")),
    ];
    let estimate = cpu.estimate(&prior, &settings);
    assert_eq!(
        (estimate.calls, estimate.usd.to_string().as_str()),
        (1, "0.00006")
    );
    // Nothing may be spent: the gap says so, and that long stopped ones were not counted.
    let outcome = run_with(
        "http://127.0.0.1:9",
        "cloudwatch.cpu",
        prior,
        settings.clone(),
    )
    .await;
    assert_eq!(outcome.ended_by().cause, Cause::BudgetReached);
    assert_eq!(outcome.gap, None);
    let gone = vec![instance("i-3", Some("2026-01-01 00:00:00"))];
    let outcome = run_with("http://127.0.0.1:9", "cloudwatch.cpu", gone, settings).await;
    assert!(outcome.result.is_ok() && outcome.calls.is_empty());
}

#[tokio::test]
async fn the_account_is_told_even_where_its_regions_are_not() {
    let server = Server::start(vec![ec2_error(403, "UnauthorizedOperation", "")]);
    let outcome = run(&server.url, "account", vec![]).await;
    assert_eq!(outcome.ended_by().cause, Cause::Denied);
    let Body::CloudAccount(body) = &outcome.resources()[0].body else {
        panic!()
    };
    assert_eq!(
        (&*body.account_id, &body.regions),
        ("111122223333", &Field::NotRead)
    );
    assert_eq!(
        outcome.resources()[0].uid.as_str(),
        "arn:aws:iam::111122223333:root"
    );
}

const BALANCERS: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333";

/// An answer of the load balancers' API.
fn balancing(operation: &str, inner: &str) -> Answer {
    ok(&format!(
        "<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
    ))
}

/// Load balancers: type, scheme, name.
fn balancers(found: &[(&str, &str, &str)], marker: &str) -> Answer {
    let found: String = found
        .iter()
        .map(|(kind, scheme, name)| {
            format!(
                "<member><LoadBalancerArn>{BALANCERS}:loadbalancer/x/{name}/1</LoadBalancerArn>\
                 <LoadBalancerName>{name}</LoadBalancerName><Type>{kind}</Type>\
                 <Scheme>{scheme}</Scheme><VpcId>vpc-1</VpcId></member>"
            )
        })
        .collect();
    balancing(
        "DescribeLoadBalancers",
        &format!("<LoadBalancers>{found}</LoadBalancers>{marker}"),
    )
}

#[tokio::test]
async fn balancers_that_no_stranger_reaches_cost_one_call_a_page() {
    let marker = "<NextMarker>next</NextMarker>";
    let server = Server::start(vec![
        balancers(&[("network", "internal", "a")], marker),
        balancers(&[("application", "internal", "b")], ""),
    ]);
    let outcome = run(&server.url, "elbv2.load-balancers", vec![]).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!(outcome.resources().len(), 2);
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].contains("PageSize=400") && asked[1].contains("Marker=next"));
}

#[tokio::test]
async fn a_balancer_behind_another_is_looked_into() {
    let action = |group: &str| {
        format!("<member><Type>forward</Type><TargetGroupArn>{group}</TargetGroupArn></member>")
    };
    let listener = |protocol: &str, group: &str| {
        let actions = action(group);
        let heard = format!(
            "<Listeners><member><ListenerArn>l</ListenerArn><Port>80</Port>\
             <Protocol>{protocol}</Protocol><DefaultActions>{actions}</DefaultActions></member></Listeners>"
        );
        balancing("DescribeListeners", &heard)
    };
    let health = |id: &str| {
        let target = format!(
            "<TargetHealthDescriptions><member><Target><Id>{id}</Id><Port>80</Port></Target>\
             </member></TargetHealthDescriptions>"
        );
        balancing("DescribeTargetHealth", &target)
    };
    let server = Server::start(vec![
        balancers(
            &[
                ("application", "internal", "inner"),
                ("network", "internet-facing", "outer"),
            ],
            "",
        ),
        listener("TCP", "one"),
        health(&format!("{BALANCERS}:loadbalancer/x/inner/1")),
        balancing("DescribeTargetGroupAttributes", "<Attributes/>"),
        listener("HTTP", "two"),
        balancing(
            "DescribeRules",
            &format!(
                "<Rules><member><Actions>{}</Actions></member></Rules>",
                action("two")
            ),
        ),
        health("i-1"),
    ]);
    let outcome = run(&server.url, "elbv2.load-balancers", vec![]).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!(server.asked().len(), 7);
    let inner = outcome
        .resources()
        .into_iter()
        .find(|found| found.name == "inner")
        .unwrap();
    let Body::NetworkLoadBalancer(body) = &inner.body else {
        panic!("{inner:?}")
    };
    // It has no public address, and whoever gets to the other gets to it.
    assert!(body.internet_facing.is_not_read());
    assert_eq!(body.unmodelled, ["target of another load balancer"]);
    let listener = &body.listeners.value().unwrap()[0];
    assert!(!listener.keeps_client);
    let target = &listener.targets.value().unwrap()[0];
    assert_eq!(target.instance.value().unwrap().short(), "i-1");
}
