//! The one place that builds SDK clients: one per service and region, all on the same connections.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::Region;
use orch_collect::CollectSettings;
use orch_model::Text;

use crate::retry::{FIRST_WAIT, LONGEST_WAIT, RetryAfter};
use crate::watch::Watch;

/// How patient a call is.
pub(crate) fn timeouts(settings: &CollectSettings) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(settings.connect)
        .operation_attempt_timeout(settings.attempt)
        .operation_timeout(settings.call)
        .build()
}

/// How often a call is tried: the SDK's standard mode. Its adaptive mode would make every call of a
/// region wait for one that was throttled.
pub(crate) fn retries(max_attempts: u32) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(max_attempts.max(1))
        .with_initial_backoff(FIRST_WAIT)
        .with_max_backoff(LONGEST_WAIT)
}

/// The clients made so far for one service, by region.
#[derive(Debug)]
struct Made<C>(Mutex<HashMap<Text, C>>);

impl<C: Clone> Made<C> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    fn get(&self, region: &str, make: impl FnOnce(Region) -> C) -> C {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(region) {
            return client.clone();
        }
        let client = make(Region::new(region.to_owned()));
        made.insert(region.into(), client.clone());
        client
    }
}

/// The client of a service in a region. The SDK has a builder of its own for each service, and no trait for them.
macro_rules! client {
    ($clients:ident, $made:ident, $sdk:ident, $region:ident $(, $($more:tt)+)?) => {
        $clients.$made.get($region, |region| {
            $sdk::Client::from_conf(
                $sdk::config::Builder::from(&$clients.config)
                    .region(region)
                    $($($more)+)?
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
    };
}

/// The clients of one set of credentials.
#[derive(Debug)]
pub(crate) struct Clients {
    config: SdkConfig,
    ec2: Made<aws_sdk_ec2::Client>,
    cloudwatch: Made<aws_sdk_cloudwatch::Client>,
    cost_explorer: Made<aws_sdk_costexplorer::Client>,
    load_balancing: Made<aws_sdk_elasticloadbalancingv2::Client>,
    classic_balancing: Made<aws_sdk_elasticloadbalancing::Client>,
    rds: Made<aws_sdk_rds::Client>,
    s3: Made<aws_sdk_s3::Client>,
    eks: Made<aws_sdk_eks::Client>,
    autoscaling: Made<aws_sdk_autoscaling::Client>,
}

impl Clients {
    pub(crate) fn new(config: SdkConfig) -> Self {
        Self {
            config,
            ec2: Made::new(),
            cloudwatch: Made::new(),
            cost_explorer: Made::new(),
            load_balancing: Made::new(),
            classic_balancing: Made::new(),
            rds: Made::new(),
            s3: Made::new(),
            eks: Made::new(),
            autoscaling: Made::new(),
        }
    }

    pub(crate) fn ec2(&self, region: &str) -> aws_sdk_ec2::Client {
        client!(self, ec2, aws_sdk_ec2, region)
    }

    pub(crate) fn cloudwatch(&self, region: &str) -> aws_sdk_cloudwatch::Client {
        client!(self, cloudwatch, aws_sdk_cloudwatch, region)
    }

    pub(crate) fn cost_explorer(&self, region: &str) -> aws_sdk_costexplorer::Client {
        client!(self, cost_explorer, aws_sdk_costexplorer, region)
    }

    pub(crate) fn load_balancing(&self, region: &str) -> aws_sdk_elasticloadbalancingv2::Client {
        client!(self, load_balancing, aws_sdk_elasticloadbalancingv2, region)
    }

    pub(crate) fn classic_balancing(&self, region: &str) -> aws_sdk_elasticloadbalancing::Client {
        client!(
            self,
            classic_balancing,
            aws_sdk_elasticloadbalancing,
            region
        )
    }

    pub(crate) fn autoscaling(&self, region: &str) -> aws_sdk_autoscaling::Client {
        client!(self, autoscaling, aws_sdk_autoscaling, region)
    }

    pub(crate) fn eks(&self, region: &str) -> aws_sdk_eks::Client {
        client!(self, eks, aws_sdk_eks, region)
    }

    pub(crate) fn rds(&self, region: &str) -> aws_sdk_rds::Client {
        client!(self, rds, aws_sdk_rds, region)
    }

    pub(crate) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        // One host for all buckets of a region: names with dots have no certificate of their own.
        client!(self, s3, aws_sdk_s3, region, .force_path_style(true))
    }
}

/// The client that says who we are. It is asked once and must answer soon.
pub(crate) fn sts(config: &SdkConfig, max_attempts: u32) -> aws_sdk_sts::Client {
    aws_sdk_sts::Client::from_conf(
        aws_sdk_sts::config::Builder::from(config)
            .retry_config(retries(max_attempts.min(5)))
            .interceptor(Watch)
            .retry_classifier(RetryAfter)
            .build(),
    )
}
