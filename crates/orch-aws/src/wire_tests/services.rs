//! Databases, clusters, groups of instances, reserved capacity, buckets and metrics over the wire.

use orch_model::kind::DatabaseServer;
use orch_model::{Metric, Series};

use super::*;

/// An answer of a service that speaks XML without EC2's own forms.
fn xml(operation: &str, inner: &str) -> Answer {
    balancing(operation, inner)
}

fn error(status: u16, code: &str) -> Answer {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
    Answer::Say {
        status,
        headers: "",
        body,
    }
}

fn database(name: &str, engine: &str, more: &str) -> String {
    format!(
        "<DBInstance><DBInstanceIdentifier>{name}</DBInstanceIdentifier><Engine>{engine}</Engine>\
         <DBInstanceArn>arn:aws:rds:eu-west-1:111122223333:db:{name}</DBInstanceArn>\
         <BackupRetentionPeriod>7</BackupRetentionPeriod>{more}</DBInstance>"
    )
}

fn databases(found: &str, marker: &str) -> Answer {
    let inner = format!("<DBInstances>{found}</DBInstances>{marker}");
    xml("DescribeDBInstances", &inner)
}

fn server(outcome: &Outcome, name: &str) -> DatabaseServer {
    let found = outcome.resources().into_iter().find(|one| one.name == name);
    match &found.unwrap().body {
        Body::DatabaseServer(body) => (**body).clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn databases_of_other_services_are_left_out_and_clusters_asked_only_for_members() {
    let server_of = Server::start(vec![
        databases(
            &(database("orders", "postgres", "")
                + &database(
                    "papers",
                    "docdb",
                    "<DBClusterIdentifier>papers</DBClusterIdentifier>",
                )),
            "<Marker>next</Marker>",
        ),
        databases(&database("stock", "mysql", ""), ""),
    ]);
    let outcome = run(&server_of.url, "rds.instances", vec![]).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let names: Vec<&str> = outcome
        .resources()
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["orders", "stock"]);
    let asked = server_of.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].contains("MaxRecords=100") && asked[1].contains("Marker=next"));
}

#[tokio::test]
async fn a_member_of_a_cluster_is_kept_as_the_cluster_or_says_that_it_was_not_read() {
    let member = "<DBClusterIdentifier>shop</DBClusterIdentifier>";
    let found = database("orders", "mysql", "") + &database("shop-1", "aurora-mysql", member);
    let clusters = xml(
        "DescribeDBClusters",
        "<DBClusters><DBCluster><DBClusterIdentifier>shop</DBClusterIdentifier>\
         <BackupRetentionPeriod>3</BackupRetentionPeriod><MultiAZ>false</MultiAZ>\
         <DeletionProtection>true</DeletionProtection><DBClusterMembers><DBClusterMember>\
         <DBInstanceIdentifier>shop-1</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter>\
         </DBClusterMember></DBClusterMembers></DBCluster></DBClusters>",
    );
    let read = Server::start(vec![databases(&found, ""), clusters]);
    let outcome = run(&read.url, "rds.instances", vec![]).await;
    assert!(outcome.result.is_ok() && outcome.gap.is_none());
    let shop = server(&outcome, "shop-1");
    assert_eq!(
        (shop.backup_days, shop.replica_of),
        (Field::Value(3), Field::None)
    );
    assert_eq!(shop.deletion_protection, Field::Value(true));

    let denied = Server::start(vec![databases(&found, ""), error(403, "AccessDenied")]);
    let outcome = run(&denied.url, "rds.instances", vec![]).await;
    // What the others tell is complete: the refusal stays with the member.
    assert!(
        outcome.result.is_ok() && outcome.gap.is_none(),
        "{:?}",
        outcome.gap
    );
    assert_eq!(server(&outcome, "shop-1").backup_days, Field::NotRead);
    assert_eq!(server(&outcome, "orders").backup_days, Field::Value(7));
    let resources = outcome.resources();
    let gaps = resources[1].not_read.as_ref().unwrap();
    assert_eq!(gaps["body.backup_days"].cause, Cause::Denied);
}

#[tokio::test]
async fn groups_that_are_being_deleted_are_left_out() {
    let group = |name: &str, more: &str| {
        format!(
            "<member><AutoScalingGroupName>{name}</AutoScalingGroupName><AutoScalingGroupARN>\
             arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:u:autoScalingGroupName/{name}\
             </AutoScalingGroupARN><MinSize>1</MinSize><MaxSize>3</MaxSize><DesiredCapacity>2</DesiredCapacity>\
             <DefaultCooldown>300</DefaultCooldown>{more}</member>"
        )
    };
    let page = |found: &str, token: &str| {
        let inner = format!("<AutoScalingGroups>{found}</AutoScalingGroups>{token}");
        xml("DescribeAutoScalingGroups", &inner)
    };
    let server = Server::start(vec![
        page(&group("a", ""), "<NextToken>next</NextToken>"),
        page(
            &(group("b", "<Status>Delete in progress</Status>") + &group("c", "")),
            "",
        ),
    ]);
    let outcome = run(&server.url, "autoscaling.groups", vec![]).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let names: Vec<&str> = outcome
        .resources()
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(
        outcome.calls[0].operation,
        "autoscaling:DescribeAutoScalingGroups"
    );
    assert!(server.asked()[1].contains("NextToken=next"));
}

fn cluster(name: &str) -> Answer {
    ok(&format!(
        r#"{{"cluster":{{"name":"{name}","arn":"arn:aws:eks:eu-west-1:111122223333:cluster/{name}"}}}}"#
    ))
}

/// An error of a service that speaks JSON.
fn json_error(status: u16, headers: &'static str) -> Answer {
    Answer::Say {
        status,
        headers,
        body: "{}".to_owned(),
    }
}

#[tokio::test]
async fn a_cluster_that_goes_while_it_is_read_is_no_gap() {
    let gone = json_error(404, "x-amzn-errortype: ResourceNotFoundException\r\n");
    let server = Server::start(vec![
        ok(r#"{"clusters":["gone","shop"]}"#),
        gone,
        cluster("shop"),
        ok(r#"{"fargateProfileNames":["jobs"]}"#),
    ]);
    let outcome = run(&server.url, "eks.clusters", vec![]).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let resources = outcome.resources();
    let [found] = resources[..] else {
        panic!("{resources:?}")
    };
    let Body::ContainerCluster(body) = &found.body else {
        panic!("{found:?}")
    };
    assert_eq!(
        (&*found.name, body.serverless),
        ("shop", Field::Value(true))
    );
    let operations: Vec<&str> = outcome
        .calls
        .iter()
        .map(|call| call.operation.as_str())
        .collect();
    assert_eq!(
        operations,
        [
            "eks:ListClusters",
            "eks:DescribeCluster",
            "eks:DescribeCluster",
            "eks:ListFargateProfiles"
        ]
    );
}

#[tokio::test]
async fn node_groups_are_read_of_the_clusters_that_were() {
    let server = Server::start(vec![
        ok(r#"{"clusters":["shop"]}"#),
        cluster("shop"),
        json_error(403, "x-amzn-errortype: AccessDeniedException\r\n"),
        ok(r#"{"nodegroups":["blue"]}"#),
        ok(
            r#"{"nodegroup":{"nodegroupName":"blue","nodegroupArn":"arn:aws:eks:eu-west-1:111122223333:nodegroup/shop/blue/1",
            "instanceTypes":["m5.large"],"scalingConfig":{"minSize":1,"maxSize":4,"desiredSize":2}}}"#,
        ),
    ]);
    let clusters = run(&server.url, "eks.clusters", vec![]).await;
    assert!(clusters.result.is_ok() && clusters.gap.is_none());
    let prior: Vec<Resource> = clusters.resources().into_iter().cloned().collect();
    let refused = prior[0].not_read.as_ref().unwrap();
    assert_eq!(refused["body.serverless"].cause, Cause::Denied);
    let outcome = run(&server.url, "eks.node-groups", prior).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let Body::ContainerNodePool(body) = &outcome.resources()[0].body else {
        panic!("{:?}", outcome.resources())
    };
    assert_eq!(body.cluster.short(), "shop");
    assert_eq!(
        (body.nodes, body.instance_type.clone()),
        (Field::Value(2), Field::Value("m5.large".into()))
    );
}

/// Values of CBOR, as far as answers need them.
enum Cbor {
    Text(&'static str),
    Number(f64),
    Time(f64),
    List(Vec<Cbor>),
    Map(Vec<(&'static str, Cbor)>),
}

impl Cbor {
    fn write(&self, out: &mut Vec<u8>) {
        let head = |major: u8, length: usize, out: &mut Vec<u8>| {
            let length = u8::try_from(length).unwrap();
            match length {
                0..24 => out.push(major << 5 | length),
                _ => out.extend([major << 5 | 24, length]),
            }
        };
        let number = |value: f64, out: &mut Vec<u8>| {
            out.push(0xfb);
            out.extend(value.to_be_bytes());
        };
        match self {
            Self::Text(text) => {
                head(3, text.len(), out);
                out.extend(text.bytes());
            }
            Self::Number(value) => number(*value, out),
            Self::Time(value) => {
                out.push(0xc1);
                number(*value, out);
            }
            Self::List(all) => {
                head(4, all.len(), out);
                all.iter().for_each(|one| one.write(out));
            }
            Self::Map(all) => {
                head(5, all.len(), out);
                for (name, value) in all {
                    Self::Text(name).write(out);
                    value.write(out);
                }
            }
        }
    }

    fn answer(&self) -> Answer {
        let mut body = Vec::new();
        self.write(&mut body);
        Answer::Cbor(body)
    }
}

/// One page of the list of metrics, all with the same dimensions.
fn listed(dimensions: &[(&'static str, &'static str)]) -> Answer {
    let dimensions = dimensions.iter().map(|(name, value)| {
        Cbor::Map(vec![
            ("Name", Cbor::Text(name)),
            ("Value", Cbor::Text(value)),
        ])
    });
    let metric = Cbor::Map(vec![("Dimensions", Cbor::List(dimensions.collect()))]);
    Cbor::Map(vec![("Metrics", Cbor::List(vec![metric]))]).answer()
}

/// The answer for one metric each with one point.
fn points(values: &[f64]) -> Answer {
    let at: orch_model::Time = "2026-11-22T10:00:00Z".parse().unwrap();
    let result = |(place, value): (usize, &f64)| {
        Cbor::Map(vec![
            ("Id", Cbor::Text(["q0", "q1", "q2"][place])),
            ("StatusCode", Cbor::Text("Complete")),
            (
                "Timestamps",
                Cbor::List(vec![Cbor::Time(at.timestamp() as f64)]),
            ),
            ("Values", Cbor::List(vec![Cbor::Number(*value)])),
        ])
    };
    let results = values.iter().enumerate().map(result).collect();
    Cbor::Map(vec![("MetricDataResults", Cbor::List(results))]).answer()
}

fn series(outcome: &Outcome) -> Vec<&Series> {
    let items = outcome.items.iter().map(|item| match item {
        Item::Series(series) => series,
        other => panic!("{other:?}"),
    });
    items.collect()
}

#[tokio::test]
async fn memory_is_asked_as_the_agent_sends_it() {
    let nothing = || Cbor::Map(vec![("Metrics", Cbor::List(vec![]))]).answer();
    let server = Server::start(vec![
        listed(&[("InstanceId", "i-1"), ("ImageId", "ami-7")]),
        nothing(),
        nothing(),
        nothing(),
        points(&[512.0]),
    ]);
    let prior = vec![instance("i-1", None), instance("i-2", None)];
    let outcome = run(&server.url, "cloudwatch.memory", prior).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let found = series(&outcome);
    assert_eq!(found.len(), 1, "what runs no agent has no points");
    assert_eq!(
        (found[0].uid.short(), found[0].metric),
        ("i-1", Metric::MemoryAvailable)
    );
    let told: Vec<f64> = found[0].values.iter().copied().flatten().collect();
    assert_eq!(told, [512.0]);
    let asked = server.asked();
    assert!(asked[0].contains("CWAgent") && asked[0].contains("mem_available"));
    assert!(
        asked[4].contains("ami-7") && !asked[4].contains("i-2"),
        "{}",
        asked[4]
    );
    let charges: Vec<String> = outcome
        .calls
        .iter()
        .map(|call| call.charge_usd.to_string())
        .collect();
    assert_eq!(charges, ["0.00001"; 5], "four lists and one metric");
}

#[tokio::test]
async fn memory_costs_nothing_where_there_is_no_instance() {
    let outcome = run("http://127.0.0.1:9", "cloudwatch.memory", vec![]).await;
    assert!(outcome.result.is_ok() && outcome.calls.is_empty());
}

#[tokio::test]
async fn both_directions_of_a_gateway_are_one_series() {
    let gateways = ok(
        "<DescribeNatGatewaysResponse><natGatewaySet><item><natGatewayId>nat-1</natGatewayId>\
         <state>available</state><vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId></item></natGatewaySet>\
         </DescribeNatGatewaysResponse>",
    );
    let server = Server::start(vec![gateways, points(&[1_000.0, 24.0])]);
    let read = run(&server.url, "ec2.nat-gateways", vec![]).await;
    assert!(read.result.is_ok(), "{:?}", read.result);
    let prior = read.resources().into_iter().cloned().collect();
    let outcome = run(&server.url, "cloudwatch.gateways", prior).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let found = series(&outcome);
    assert_eq!((found.len(), found[0].step_s), (1, 3_600));
    let told: Vec<f64> = found[0].values.iter().copied().flatten().collect();
    assert_eq!(told, [1_024.0]);
    assert_eq!(outcome.calls[0].charge_usd.to_string(), "0.00002");
}

#[tokio::test]
async fn only_active_reservations_are_asked_for_page_after_page() {
    let page = |id: &str, token: &str| {
        ok(&format!(
            "<DescribeCapacityReservationsResponse><capacityReservationSet><item>\
             <capacityReservationId>{id}</capacityReservationId><ownerId>111122223333</ownerId>\
             <instanceType>m5.xlarge</instanceType><instancePlatform>Linux/UNIX</instancePlatform>\
             <availabilityZone>eu-west-1a</availabilityZone><tenancy>default</tenancy>\
             <totalInstanceCount>5</totalInstanceCount><availableInstanceCount>3</availableInstanceCount>\
             <state>active</state><createDate>2026-10-01T08:00:00.000Z</createDate>\
             <endDateType>unlimited</endDateType><reservationType>default</reservationType>\
             </item></capacityReservationSet>{token}</DescribeCapacityReservationsResponse>"
        ))
    };
    let server = Server::start(vec![
        page("cr-1", "<nextToken>next</nextToken>"),
        page("cr-2", ""),
    ]);
    let outcome = run(&server.url, "ec2.capacity-reservations", vec![]).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let resources = outcome.resources();
    assert_eq!(resources.len(), 2);
    let Body::ComputeCapacityReservation(body) = &resources[0].body else {
        panic!("{resources:?}")
    };
    assert_eq!(
        (&body.total, &body.available),
        (&Field::Value(5), &Field::Value(3))
    );
    assert_eq!(
        (&body.ends, &body.committed_until),
        (&Field::None, &Field::None)
    );
    let asked = server.asked();
    for part in [
        "Filter.1.Name=state",
        "Filter.1.Value.1=active",
        "MaxResults=1000",
    ] {
        assert!(asked[0].contains(part), "{part}: {asked:?}");
    }
    assert!(asked[1].contains("NextToken=next"));
}

/// An error as S3 words it.
fn refused(status: u16, code: &str) -> Answer {
    Answer::Say {
        status,
        headers: "",
        body: format!("<Error><Code>{code}</Code></Error>"),
    }
}

fn buckets(found: &[(&str, &str)], token: &str) -> Answer {
    let found: String = found
        .iter()
        .map(|(name, region)| {
            format!(
                "<Bucket><Name>{name}</Name><CreationDate>2024-02-01T08:00:00.000Z</CreationDate>\
                 <BucketRegion>{region}</BucketRegion></Bucket>"
            )
        })
        .collect();
    ok(&format!(
        "<ListAllMyBucketsResult><Buckets>{found}</Buckets>{token}</ListAllMyBucketsResult>"
    ))
}

#[tokio::test]
async fn what_a_bucket_does_not_let_be_read_stays_with_the_bucket() {
    let server = Server::start(vec![
        buckets(
            &[("shop-files", "eu-west-1"), ("elsewhere", "us-east-1")],
            "",
        ),
        refused(403, "AccessDenied"),
    ]);
    let outcome = run(&server.url, "s3.buckets", vec![]).await;
    assert!(outcome.result.is_ok() && outcome.gap.is_none());
    let resources = outcome.resources();
    assert_eq!(resources.len(), 1, "{resources:?}");
    assert_eq!(resources[0].uid.as_str(), "arn:aws:s3:::shop-files");
    assert_eq!(resources[0].tags, Field::NotRead);
    let gaps = resources[0].not_read.as_ref().unwrap();
    let fields: Vec<&str> = gaps.keys().map(|field| field.as_str()).collect();
    assert_eq!(fields, ["body.lifecycle_rules", "body.versioning", "tags"]);
    assert!(gaps.values().all(|gap| gap.cause == Cause::Denied));
    let asked = server.asked();
    assert!(asked[0].contains("bucket-region=eu-west-1") && asked[0].contains("max-buckets=1000"));
    let charge: Decimal = outcome.calls.iter().map(|call| call.charge_usd).sum();
    assert_eq!((asked.len(), charge.to_string().as_str()), (4, "0.0000062"));
}

#[tokio::test]
async fn a_bucket_that_went_after_it_was_listed_is_left_out() {
    let server = Server::start(vec![
        buckets(
            &[("gone", "eu-west-1")],
            "<ContinuationToken>next</ContinuationToken>",
        ),
        refused(404, "NoSuchBucket"),
        refused(404, "NoSuchBucket"),
        refused(404, "NoSuchBucket"),
        buckets(&[], ""),
    ]);
    let outcome = run(&server.url, "s3.buckets", vec![]).await;
    assert!(outcome.result.is_ok() && outcome.gap.is_none());
    assert!(outcome.resources().is_empty());
    // That there is nothing is an answer.
    let failed = outcome
        .calls
        .iter()
        .filter(|call| call.outcome != CallOutcome::Ok);
    assert_eq!(failed.count(), 0);
    assert!(server.asked()[4].contains("continuation-token=next"));
}
