//! One provider: what it says of itself, where browsers are sent, and what comes back.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use ledger::clock::Timestamp;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError,
    Client, ClientId, ClientSecret, CsrfToken, DiscoveryError, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenClaims, IdTokenFields,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse,
    StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::{Claims, Failed, Given, Ticket};
use crate::outside::http_client;

/// How long the provider may take to answer once.
const PATIENCE: Duration = Duration::from_secs(10);
/// For how many seconds what it said of itself is taken to hold.
const FRESH: i64 = 3_600;
/// How many seconds it is left alone once it could not be asked, and once its keys were asked for.
const PAUSE: i64 = 5;
const KEYS_APART: i64 = 30;

/// Claims of any name.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Any(HashMap<String, Value>);

impl AdditionalClaims for Any {}

type Token =
    IdToken<Any, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Fields = IdTokenFields<
    Any,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Response = StandardTokenResponse<Fields, CoreTokenType>;
type Asked = Client<
    Any,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Response,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider, and what is known of it.
#[derive(Debug)]
pub struct Provider {
    /// As configured.
    pub given: Given,
    issuer: String,
    secret: Option<ClientSecret>,
    /// Where browsers come back to, exactly.
    redirect: RedirectUrl,
    http: reqwest::Client,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    metadata: Option<CoreProviderMetadata>,
    /// When it was asked, when it could not be, and when its keys were.
    asked: Option<Timestamp>,
    failed: Option<Timestamp>,
    keys: Option<Timestamp>,
}

/// A moment within so many seconds, whichever way clocks moved.
fn is_within(seconds: i64, moment: Option<Timestamp>, now: Timestamp) -> bool {
    moment.is_some_and(|moment| now.seconds_since(moment).abs() < seconds)
}

impl Provider {
    /// Nobody is asked yet.
    pub fn open(given: Given, public_url: &str) -> Result<Self, String> {
        let base = public_url.trim_end_matches('/');
        let (program, name) = (&given.program, &given.name);
        let redirect = format!("{base}/{program}/login/oidc/{name}/callback");
        let redirect = RedirectUrl::new(redirect);
        Ok(Self {
            issuer: given.issuer()?,
            secret: given.secret()?.map(ClientSecret::new),
            redirect: redirect.map_err(|error| format!("--public-url cannot be read: {error}"))?,
            http: http_client(PATIENCE)?,
            known: Mutex::default(),
            given,
        })
    }

    /// Whether it calls itself so.
    pub fn is_of(&self, issuer: &str) -> bool {
        self.issuer.trim_end_matches('/') == issuer.trim_end_matches('/')
    }

    /// Where a browser with this ticket goes. `anew` asks the provider to have them log in there even if they have.
    pub async fn door(
        &self,
        ticket: &Ticket,
        anew: bool,
        now: Timestamp,
    ) -> Result<String, Failed> {
        let client = self.client(self.metadata(now).await?);
        let verifier = PkceCodeVerifier::new(ticket.verifier());
        let (state, nonce) = (ticket.state(), ticket.nonce());
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client
            .authorize_url(flow, || CsrfToken::new(state), || Nonce::new(nonce))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        // The crate asks for `openid` by itself.
        for scope in self.given.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        if anew {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        Ok(request.url().0.to_string())
    }

    /// Who came back with this code, and the ticket they went with.
    pub async fn claims(
        &self,
        code: String,
        ticket: &Ticket,
        now: Timestamp,
    ) -> Result<Claims, Failed> {
        let mut client = self.client(self.metadata(now).await?);
        let request = client.exchange_code(AuthorizationCode::new(code));
        let response = request
            .map_err(|error| Failed::Unbelievable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(ticket.verifier()))
            .request_async(&self.http)
            .await
            .map_err(of_exchange)?;
        let none = || Failed::Unbelievable("the provider sent no token".to_owned());
        let token = response.id_token().ok_or_else(none)?;
        let nonce = Nonce::new(ticket.nonce());
        let claims = match verified(&client, token, &nonce) {
            Err(error) if is_of_key(&error) => {
                client = self.client(self.newer_keys(now).await?);
                verified(&client, token, &nonce)
            }
            claims => claims,
        };
        let claims = claims.map_err(|error| Failed::Unbelievable(told(&error)))?;
        check_access_token(&client, token, claims, &response)?;
        let mut said = vec![json(claims)?];
        if !Claims::are_in(&self.given, &said[0]) {
            said.extend(self.more(&client, &response, claims).await?);
        }
        let (issuer, subject) = (claims.issuer(), claims.subject());
        let (issuer, subject) = (issuer.to_string(), subject.to_string());
        Ok(Claims::of(&self.given, issuer, subject, &said))
    }

    /// What the provider says of them elsewhere, if it does.
    async fn more(
        &self,
        client: &Asked,
        response: &Response,
        claims: &IdTokenClaims<Any, CoreGenderClaim>,
    ) -> Result<Option<Value>, Failed> {
        let subject = Some(claims.subject().clone());
        let Ok(request) = client.user_info(response.access_token().clone(), subject) else {
            return Ok(None);
        };
        let more: UserInfoClaims<Any, CoreGenderClaim> = request
            .request_async(&self.http)
            .await
            .map_err(|error| Failed::Unbelievable(error.to_string()))?;
        json(&more).map(Some)
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Asked {
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_none_or(|methods| methods.contains(&method));
        let in_body = !takes(CoreClientAuthMethod::ClientSecretBasic)
            && takes(CoreClientAuthMethod::ClientSecretPost);
        let id = ClientId::new(self.given.client_id.clone());
        let client = Asked::from_provider_metadata(metadata, id, self.secret.clone())
            .set_redirect_uri(self.redirect.clone());
        match in_body {
            true => client.set_auth_type(AuthType::RequestBody),
            false => client,
        }
    }

    /// What the provider says of itself. While it cannot be asked anew, what it said before holds.
    async fn metadata(&self, now: Timestamp) -> Result<CoreProviderMetadata, Failed> {
        let mut known = self.known.lock().await;
        let may_ask = !is_within(FRESH, known.asked, now) && !is_within(PAUSE, known.failed, now);
        if may_ask {
            match self.discover().await {
                Ok(metadata) => {
                    *known = Known {
                        metadata: Some(metadata),
                        asked: Some(now),
                        failed: None,
                        keys: None,
                    };
                }
                Err(error) => {
                    let (provider, program) = (&self.given.name, &self.given.program);
                    tracing::warn!(provider, program, error, "a provider of identities is away");
                    known.failed = Some(now);
                }
            }
        }
        let away = || Failed::Away("it does not say what it is".to_owned());
        known.metadata.clone().ok_or_else(away)
    }

    /// The same with keys asked for anew, unless they just were.
    async fn newer_keys(&self, now: Timestamp) -> Result<CoreProviderMetadata, Failed> {
        let mut known = self.known.lock().await;
        let may_ask = !is_within(KEYS_APART, known.keys, now);
        let away = || Failed::Away("it does not say what it is".to_owned());
        let metadata = known.metadata.clone().ok_or_else(away)?;
        if !may_ask {
            return Ok(metadata);
        }
        known.keys = Some(now);
        let keys = CoreJsonWebKeySet::fetch_async(metadata.jwks_uri(), &self.http).await;
        let keys = keys.map_err(|error| Failed::Away(told(&error)))?;
        let metadata = metadata.set_jwks(keys);
        known.metadata = Some(metadata.clone());
        Ok(metadata)
    }

    /// With a slash at the end of its address or none: the address of discovery does not tell.
    async fn discover(&self) -> Result<CoreProviderMetadata, String> {
        let ask = async |issuer: String| {
            let issuer = IssuerUrl::new(issuer).map_err(|error| error.to_string())?;
            let found = CoreProviderMetadata::discover_async(issuer, &self.http).await;
            match found {
                Ok(metadata) => Ok(Some(metadata)),
                Err(DiscoveryError::Validation(_)) => Ok(None),
                Err(error) => Err(told(&error)),
            }
        };
        if let Some(metadata) = ask(self.issuer.clone()).await? {
            return Ok(metadata);
        }
        let other = match self.issuer.strip_suffix('/') {
            Some(without) => without.to_owned(),
            None => format!("{}/", self.issuer),
        };
        let why = "it says that it is another than it was asked for";
        ask(other).await?.ok_or_else(|| why.to_owned())
    }
}

fn verified<'t>(
    client: &Asked,
    token: &'t Token,
    nonce: &Nonce,
) -> Result<&'t IdTokenClaims<Any, CoreGenderClaim>, ClaimsVerificationError> {
    token.claims(&client.id_token_verifier(), nonce)
}

/// Whether the provider may have changed its keys since they were asked for.
fn is_of_key(error: &ClaimsVerificationError) -> bool {
    let ClaimsVerificationError::SignatureVerification(error) = error else {
        return false;
    };
    matches!(
        error,
        SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_)
    )
}

/// That the access token is the one that came with this token, where the provider says.
fn check_access_token(
    client: &Asked,
    token: &Token,
    claims: &IdTokenClaims<Any, CoreGenderClaim>,
    response: &Response,
) -> Result<(), Failed> {
    let Some(expected) = claims.access_token_hash() else {
        return Ok(());
    };
    let unbelievable = |error: &dyn Error| Failed::Unbelievable(told(error));
    let verifier = client.id_token_verifier();
    let algorithm = token.signing_alg().map_err(|error| unbelievable(&error))?;
    let key = token
        .signing_key(&verifier)
        .map_err(|error| unbelievable(&error))?;
    let found = AccessTokenHash::from_token(response.access_token(), algorithm, key);
    let found = found.map_err(|error| unbelievable(&error))?;
    if found == *expected {
        return Ok(());
    }
    let why = "the access token is not the one that came with the token";
    Err(Failed::Unbelievable(why.to_owned()))
}

fn of_exchange<E: Error + 'static>(
    error: RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> Failed {
    match error {
        RequestTokenError::Request(error) => Failed::Away(told(&error)),
        // The cause may repeat what could not be read.
        RequestTokenError::Parse(error, _) => {
            Failed::Unbelievable(format!("its answer cannot be read at {}", error.path()))
        }
        error => Failed::Unbelievable(told(&error)),
    }
}

fn json(claims: &impl Serialize) -> Result<Value, Failed> {
    serde_json::to_value(claims).map_err(|error| Failed::Unbelievable(error.to_string()))
}

/// An error with its causes, for the log. None of them repeats a token or what it says.
fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
