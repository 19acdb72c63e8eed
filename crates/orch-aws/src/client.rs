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
        self.ec2.get(region, |region| {
            aws_sdk_ec2::Client::from_conf(
                aws_sdk_ec2::config::Builder::from(&self.config)
                    .region(region)
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
    }

    pub(crate) fn cloudwatch(&self, region: &str) -> aws_sdk_cloudwatch::Client {
        self.cloudwatch.get(region, |region| {
            aws_sdk_cloudwatch::Client::from_conf(
                aws_sdk_cloudwatch::config::Builder::from(&self.config)
                    .region(region)
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
    }

    pub(crate) fn cost_explorer(&self, region: &str) -> aws_sdk_costexplorer::Client {
        self.cost_explorer.get(region, |region| {
            aws_sdk_costexplorer::Client::from_conf(
                aws_sdk_costexplorer::config::Builder::from(&self.config)
                    .region(region)
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
    }

    pub(crate) fn load_balancing(&self, region: &str) -> aws_sdk_elasticloadbalancingv2::Client {
        self.load_balancing.get(region, |region| {
            aws_sdk_elasticloadbalancingv2::Client::from_conf(
                aws_sdk_elasticloadbalancingv2::config::Builder::from(&self.config)
                    .region(region)
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
    }

    pub(crate) fn classic_balancing(&self, region: &str) -> aws_sdk_elasticloadbalancing::Client {
        self.classic_balancing.get(region, |region| {
            aws_sdk_elasticloadbalancing::Client::from_conf(
                aws_sdk_elasticloadbalancing::config::Builder::from(&self.config)
                    .region(region)
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
    }

    pub(crate) fn autoscaling(&self, region: &str) -> aws_sdk_autoscaling::Client {
        self.autoscaling.get(region, |region| {
            aws_sdk_autoscaling::Client::from_conf(
                aws_sdk_autoscaling::config::Builder::from(&self.config)
                    .region(region)
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
    }

    pub(crate) fn eks(&self, region: &str) -> aws_sdk_eks::Client {
        self.eks.get(region, |region| {
            aws_sdk_eks::Client::from_conf(
                aws_sdk_eks::config::Builder::from(&self.config)
                    .region(region)
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
    }

    pub(crate) fn rds(&self, region: &str) -> aws_sdk_rds::Client {
        self.rds.get(region, |region| {
            aws_sdk_rds::Client::from_conf(
                aws_sdk_rds::config::Builder::from(&self.config)
                    .region(region)
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
    }

    pub(crate) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        self.s3.get(region, |region| {
            aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(&self.config)
                    .region(region)
                    // One host for all buckets of a region: names with dots have no certificate of their own.
                    .force_path_style(true)
                    .interceptor(Watch)
                    .retry_classifier(RetryAfter)
                    .build(),
            )
        })
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
