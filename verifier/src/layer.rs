//! A layer that lets nobody in without a token.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum_core::response::{IntoResponse as _, Response};
use hyper::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::bearer::bearer;
use crate::verified::Verified;
use crate::verifier::Verifier;

/// Turns away whoever has no token that may pass, whatever stands behind; the others' [`Verified`]
/// is in the request's extensions. [`Verifier::layer`] makes it.
#[derive(Clone)]
pub struct TokenLayer(Verifier);

/// What the layer makes of a service.
#[derive(Clone)]
pub struct Guarded<S> {
    verifier: Verifier,
    service: S,
}

impl Verifier {
    /// A layer that lets nobody in without a token.
    #[must_use]
    pub fn layer(&self) -> TokenLayer {
        TokenLayer(self.clone())
    }
}

impl<S> Layer<S> for TokenLayer {
    type Service = Guarded<S>;

    fn layer(&self, service: S) -> Guarded<S> {
        let verifier = self.0.clone();
        Guarded { verifier, service }
    }
}

impl<S, B> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let fresh = self.service.clone();
        // The one that was asked whether it is ready is the one that is called.
        let mut service = std::mem::replace(&mut self.service, fresh);
        let verifier = self.verifier.clone();
        Box::pin(async move {
            match verify(&verifier, &request).await {
                Ok(caller) => {
                    request.extensions_mut().insert(caller);
                    service.call(request).await
                }
                Err(refusal) => Ok(refusal.into_response()),
            }
        })
    }
}

/// The request is not held meanwhile: its body need not be shared between threads.
fn verify<B>(
    verifier: &Verifier,
    request: &Request<B>,
) -> impl Future<Output = Result<Verified, crate::Refusal>> + Send + use<B> {
    let token = bearer(request.headers()).map(str::to_owned);
    let verifier = verifier.clone();
    async move { verifier.verify(&token?).await }
}
