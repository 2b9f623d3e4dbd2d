//! `@connections` through the AWS SDK for Rust, in plain and through TLS.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use aws_sdk_apigatewaymanagement::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_apigatewaymanagement::config::retry::RetryConfig;
use aws_sdk_apigatewaymanagement::config::{
    BehaviorVersion, Builder, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
};
use aws_sdk_apigatewaymanagement::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_apigatewaymanagement::operation::RequestId;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_sdk_apigatewaymanagement::{Client as Management, Error};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};

use crate::harness::{Client, GatedLambda, Parlor, Stack};

const TEMPLATE: &str = "examples/echo/template.yaml";
/// API Gateway's quota for a message, in bytes.
const LARGEST_BYTES: usize = 128 * 1024;
/// Well formed, and nobody's.
const UNKNOWN: &str = "SOqGjdZioAMCEeg=";

/// A stack whose handshakes tell their connection ids.
struct World {
    stack: Stack,
    gated_lambda: GatedLambda,
}

impl World {
    async fn start() -> Self {
        let gated_lambda = GatedLambda::start().await;
        let options = ["--template", TEMPLATE, "--require-signature"];
        let stack = Stack::ready(Parlor::start_elsewhere(gated_lambda.endpoint(), &options)).await;
        Self { stack, gated_lambda }
    }

    /// Opens a WebSocket: the client, and its connection id.
    async fn join(&self) -> (Client, String) {
        let arrive = async {
            let held = self.gated_lambda.next().await;
            let id = held.connection_id.clone();
            held.accept();
            id
        };
        let (client, id) = tokio::join!(self.stack.connect(&[]), arrive);
        (client.expect("everybody is let in"), id)
    }

    /// The stage's endpoint, in plain and with TLS.
    fn endpoints(&self) -> [String; 2] {
        let plain = self.stack.management_url();
        [plain.to_owned(), plain.replace("http://", "https://")]
    }

    /// What a caller with the local keys sets, but for the endpoint.
    fn config(&self) -> Builder {
        self.config_without_keys().credentials_provider(self.stack.credentials())
    }

    /// Nothing is tried twice: a story shall see the first answer.
    fn config_without_keys(&self) -> Builder {
        let authority = self.stack.addresses()["certificateAuthority"].as_str().expect("a file");
        let trusted = TrustStore::empty().with_pem_certificate(std::fs::read(authority).expect("a certificate"));
        let https = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(TlsContext::builder().with_trust_store(trusted).build().expect("a trust store"))
            .build_https();
        Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .retry_config(RetryConfig::disabled())
            .http_client(https)
    }

    /// A client with the local keys for each of [`Self::endpoints`].
    fn callers(&self) -> [Management; 2] {
        self.endpoints().map(|endpoint| caller(self.config(), &endpoint))
    }

    /// Fails unless all operations of such a client are refused so; an open connection hears nothing of it.
    async fn refuses(&self, config: Builder, code: &str, words: &str) {
        for endpoint in self.endpoints() {
            self.refuses_at(&endpoint, config.clone(), code, words).await;
        }
    }

    async fn refuses_at(&self, endpoint: &str, config: Builder, code: &str, words: &str) {
        let (mut client, id) = self.join().await;
        for refusal in operations(&caller(config, endpoint), &id).await {
            assert_eq!((refusal.status, refusal.error.code()), (403, Some(code)), "{endpoint}: {refusal:?}");
            let is_forbidden = matches!(refusal.error, Error::ForbiddenException(_));
            assert_eq!(is_forbidden, code == "ForbiddenException", "{endpoint}: {refusal:?}");
            assert!(refusal.error.message().is_some_and(|message| message.contains(words)), "{endpoint}: {refusal:?}");
            assert!(refusal.error.request_id().is_some(), "{endpoint}: {refusal:?}");
        }
        let [friend, _] = self.callers();
        post(&friend, &id, "the first that is heard").await.expect("the connection is there");
        assert_eq!(client.next_text().await, "the first that is heard");
    }
}

#[derive(Debug)]
struct Refusal {
    status: u16,
    error: Error,
}

fn caller(config: Builder, endpoint: &str) -> Management {
    Management::from_conf(config.endpoint_url(endpoint).build())
}

async fn post(caller: &Management, id: &str, data: impl Into<Vec<u8>>) -> Result<(), Refusal> {
    let posted = caller.post_to_connection().connection_id(id).data(Blob::new(data)).send().await;
    posted.map(|_nothing| ()).map_err(refusal)
}

/// What all three operations are refused with.
async fn operations(caller: &Management, id: &str) -> [Refusal; 3] {
    [
        post(caller, id, "hello").await.expect_err("a post that is refused"),
        caller.get_connection().connection_id(id).send().await.map_err(refusal).expect_err("a look that is refused"),
        caller.delete_connection().connection_id(id).send().await.map_err(refusal).expect_err("a refused deletion"),
    ]
}

fn refusal<E>(error: SdkError<E>) -> Refusal
where
    E: Debug,
    Error: From<SdkError<E>>,
{
    let status = error.raw_response().unwrap_or_else(|| panic!("there is no answer: {error:?}")).status().as_u16();
    Refusal { status, error: error.into() }
}

async fn is_gone(caller: &Management, id: &str) {
    for refusal in operations(caller, id).await {
        assert!(matches!(refusal.error, Error::GoneException(_)), "{refusal:?}");
        assert_eq!((refusal.status, refusal.error.code()), (410, Some("GoneException")));
    }
}

#[tokio::test]
async fn a_post_is_heard_as_one_text_message_whatever_its_data_are() {
    let world = World::start().await;
    let (mut client, id) = world.join().await;
    let large = "x".repeat(LARGEST_BYTES);
    for caller in world.callers() {
        for (data, text) in [
            (&b"hello"[..], "hello"),
            (b"", ""),
            ("Zoë 🦀 \u{2028}".as_bytes(), "Zoë 🦀 \u{2028}"),
            (b"not \xff UTF-8", "not \u{fffd} UTF-8"),
            (large.as_bytes(), &large),
        ] {
            post(&caller, &id, data).await.expect("an open connection is posted to");
            assert_eq!(client.next_text().await, text);
        }
    }
}

#[tokio::test]
async fn a_connection_tells_its_client_and_two_points_in_time() {
    let world = World::start().await;
    let (mut client, id) = world.join().await;
    for caller in world.callers() {
        let look = || async { caller.get_connection().connection_id(&id).send().await.expect("it is there") };
        let first = look().await;
        let identity = first.identity().expect("an identity");
        // The SDK reads a required member that is null as an empty one: the client has sent no user agent.
        assert_eq!((identity.source_ip(), identity.user_agent()), (Some("127.0.0.1"), Some("")));
        let connected_at = *first.connected_at().expect("a point in time");
        for moment in [connected_at, *first.last_active_at().expect("a point in time")] {
            let age =
                SystemTime::now().duration_since(SystemTime::try_from(moment).expect("a time")).unwrap_or_default();
            assert!(age < Duration::from_secs(60), "{moment:?} is not now");
        }

        post(&caller, &id, "hello").await.expect("an open connection is posted to");
        assert_eq!(client.next_text().await, "hello");

        let second = look().await;
        assert_eq!(second.connected_at(), Some(&connected_at));
        assert!(second.last_active_at() > Some(&connected_at), "{second:?}");
    }
}

#[tokio::test]
async fn a_deletion_closes_the_connection_which_is_gone_then() {
    let world = World::start().await;
    for caller in world.callers() {
        let (client, id) = world.join().await;
        caller.delete_connection().connection_id(&id).send().await.expect("it is there");
        assert_eq!(client.closes_with().await, 1000);
        is_gone(&caller, &id).await;
    }
}

#[tokio::test]
async fn who_has_left_never_came_or_is_still_coming_is_gone() {
    let world = World::start().await;
    for caller in world.callers() {
        let (client, id) = world.join().await;
        client.leave().await;
        is_gone(&caller, &id).await;

        is_gone(&caller, UNKNOWN).await;

        let arrive = async {
            let held = world.gated_lambda.next().await;
            let id = held.connection_id.clone();
            is_gone(&caller, &id).await;
            held.accept();
            id
        };
        let (client, id) = tokio::join!(world.stack.connect(&[]), arrive);
        post(&caller, &id, "now").await.expect("the handshake is over");
        assert_eq!(client.expect("it is let in").next_text().await, "now");
    }
}

#[tokio::test]
async fn every_operation_has_a_typed_exception_for_what_is_gone() {
    let world = World::start().await;
    let [caller, _] = world.callers();
    let posted = caller.post_to_connection().connection_id(UNKNOWN).data(Blob::new("")).send().await;
    let looked = caller.get_connection().connection_id(UNKNOWN).send().await;
    let deleted = caller.delete_connection().connection_id(UNKNOWN).send().await;
    assert!(posted.expect_err("nobody is there").into_service_error().is_gone_exception());
    assert!(looked.expect_err("nobody is there").into_service_error().is_gone_exception());
    assert!(deleted.expect_err("nobody is there").into_service_error().is_gone_exception());
}

#[tokio::test]
async fn an_id_that_is_none_is_a_bad_request_however_it_is_spelled() {
    let world = World::start().await;
    for caller in world.callers() {
        // An id that was encoded before is encoded twice.
        for id in ["nonsense", "SOqGjdZioAMCEeg%3D", "a/b?c#d", "Zoë & 🦀"] {
            for refusal in operations(&caller, id).await {
                assert_eq!((refusal.status, refusal.error.code()), (400, Some("BadRequestException")));
                assert_eq!(refusal.error.message(), Some(&*format!("Invalid connectionId: {id}")));
            }
        }
    }
}

#[tokio::test]
async fn one_byte_too_many_is_too_large() {
    let world = World::start().await;
    let (mut client, id) = world.join().await;
    for caller in world.callers() {
        let refusal = post(&caller, &id, vec![b'x'; LARGEST_BYTES + 1]).await.expect_err("it is too large");
        assert!(matches!(refusal.error, Error::PayloadTooLargeException(_)), "{refusal:?}");
        assert_eq!((refusal.status, refusal.error.code()), (413, Some("PayloadTooLargeException")));
        post(&caller, &id, "enough").await.expect("an open connection is posted to");
        assert_eq!(client.next_text().await, "enough");
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_has_a_buffer_with_an_end() {
    let world = World::start().await;
    let (mut other, other_id) = world.join().await;
    for caller in world.callers() {
        let (_sleeper, id) = world.join().await;
        let mut refusal = None;
        // 64 MB are more than all buffers on the way have room for.
        for _ in 0..512 {
            refusal = post(&caller, &id, vec![b'x'; LARGEST_BYTES]).await.err();
            if refusal.is_some() {
                break;
            }
        }
        let refusal = refusal.expect("a full buffer");
        assert!(matches!(refusal.error, Error::LimitExceededException(_)), "{refusal:?}");
        assert_eq!((refusal.status, refusal.error.code()), (429, Some("LimitExceededException")));

        post(&caller, &other_id, "nobody else waits").await.expect("an open connection is posted to");
        assert_eq!(other.next_text().await, "nobody else waits");
        caller.delete_connection().connection_id(&id).send().await.expect("it is there");
        is_gone(&caller, &id).await;
    }
}

#[tokio::test]
async fn a_wrong_stage_is_forbidden_and_so_is_none() {
    let world = World::start().await;
    for endpoint in world.endpoints() {
        let address = endpoint.strip_suffix("/dev").expect("the stage of the template");
        for elsewhere in [format!("{address}/prod"), address.to_owned()] {
            world.refuses_at(&elsewhere, world.config(), "ForbiddenException", "Forbidden").await;
        }
    }
}

#[tokio::test]
async fn a_wrong_region_or_signing_name_is_no_signature() {
    let world = World::start().await;
    let region = world.config().region(Region::new("eu-west-1"));
    let words = "Credential should be scoped to a valid region, not 'eu-west-1'. ";
    world.refuses(region, "InvalidSignatureException", words).await;

    let service = world.config().interceptor(SignAsLambda);
    let words = "Credential should be scoped to correct service: 'execute-api'. ";
    world.refuses(service, "InvalidSignatureException", words).await;
}

#[tokio::test]
async fn wrong_keys_are_told_apart() {
    let world = World::start().await;
    let keys =
        |access, secret| world.config().credentials_provider(Credentials::new(access, secret, None, None, "story"));
    for (access, secret, code, words) in [
        ("local", "wrong", "InvalidSignatureException", "The request signature we calculated does not match"),
        (
            "AKIAIOSFODNN7EXAMPLE",
            "wrong",
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (
            "denied",
            "denied",
            "AccessDeniedException",
            "is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:",
        ),
    ] {
        world.refuses(keys(access, secret), code, words).await;
    }
}

#[tokio::test]
async fn no_signature_is_no_token() {
    let world = World::start().await;
    let anonymous = world.config_without_keys().allow_no_auth();
    world.refuses(anonymous, "MissingAuthenticationTokenException", "Missing Authentication Token").await;
}

/// Signs for another service.
#[derive(Debug)]
struct SignAsLambda;

impl Intercept for SignAsLambda {
    fn name(&self) -> &'static str {
        "SignAsLambda"
    }

    fn modify_before_signing(
        &self,
        _context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(aws_types::SigningName::from_static("lambda"));
        Ok(())
    }
}
