//! `request list`, `show`, `reply`, `set-status`: what tenants ask for, and the answer to it.

use clap::Subcommand;
use podarmor_domain::id::FeatureRequestId;
use podarmor_domain::request::{
    FeatureRequest, PackageEcosystem, PackageVersion, Reply, RequestFilter, RequestStatus, Ruling, StatusChange,
    WantedPackage,
};
use podarmor_domain::tenant::TenantSlug;
use serde_json::{Value, json};

use super::{Failure, Session, args};
use crate::console::Answer;
use crate::scope;

#[derive(Debug, Subcommand)]
pub(super) enum Request {
    /// List feature requests, newest first
    List {
        /// Only those of this tenant
        #[arg(long, value_name = "SLUG", value_parser = args::tenant_slug)]
        tenant: Option<TenantSlug>,
        /// Only those in this status: open, planned, in_progress, shipped, declined
        #[arg(long, value_parser = args::request_status)]
        status: Option<RequestStatus>,
    },
    /// Show a feature request with its history
    Show {
        #[arg(value_name = "ID", value_parser = args::feature_request_id)]
        id: FeatureRequestId,
    },
    /// Answer a feature request
    Reply {
        #[arg(value_name = "ID", value_parser = args::feature_request_id)]
        id: FeatureRequestId,
        /// What the tenant reads
        #[arg(value_name = "TEXT", value_parser = args::reply)]
        text: Reply,
    },
    /// Decide what becomes of a feature request
    SetStatus {
        #[arg(value_name = "ID", value_parser = args::feature_request_id)]
        id: FeatureRequestId,
        /// open, planned, in_progress, shipped or declined
        #[arg(value_name = "STATUS", value_parser = args::request_status)]
        status: RequestStatus,
        /// What the tenant reads
        #[arg(long, value_name = "TEXT", value_parser = args::reply)]
        reply: Option<Reply>,
    },
}

impl Request {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let triage = &session.publisher.triage;
        match self {
            Self::List { tenant, status } => {
                let filter = RequestFilter { kind: None, status };
                Ok(list(&triage.list(scope::publisher(), tenant.as_ref(), &filter).await?))
            }
            Self::Show { id } => {
                let (tenant, request) = triage.get(scope::publisher(), id).await?;
                Ok(Answer { text: whole(&tenant, &request), json: object(&tenant, &request) })
            }
            Self::Reply { id, text } => rule(session, id, Ruling { status: None, reply: Some(text) }).await,
            Self::SetStatus { id, status, reply } => rule(session, id, Ruling { status: Some(status), reply }).await,
        }
    }
}

async fn rule(session: &Session, id: FeatureRequestId, ruling: Ruling) -> Result<Answer, Failure> {
    let replied = if ruling.reply.is_some() { ", with a reply" } else { "" };
    let (request, changed) = session.publisher.triage.rule(scope::publisher(), id, ruling).await?;
    let status = request.status;
    let (text, outcome) = match changed {
        true => (format!("feature request {id} is {status} now{replied}"), "changed"),
        false => (format!("unchanged: feature request {id} was {status} already"), "unchanged"),
    };
    Ok(Answer { text, json: json!({"id": id.to_string(), "status": status.as_str(), "outcome": outcome}) })
}

fn list(requests: &[(TenantSlug, FeatureRequest)]) -> Answer {
    let width = requests.iter().map(|(tenant, _)| tenant.as_str().len()).max().unwrap_or(0);
    let line = |(tenant, request): &(TenantSlug, FeatureRequest)| {
        let (status, kind) = (request.status.as_str(), request.wish.kind.as_str());
        format!("{}  {:width$}  {status:11}  {kind:7}  {}\n", request.id, tenant.as_str(), request.wish.title)
    };
    let text = if requests.is_empty() { "no feature requests".to_owned() } else { requests.iter().map(line).collect() };
    Answer { text, json: requests.iter().map(|(tenant, request)| object(tenant, request)).collect() }
}

fn whole(tenant: &TenantSlug, request: &FeatureRequest) -> String {
    let wish = &request.wish;
    let author = request.author.name.as_ref().map_or_else(|| "somebody who is gone".to_owned(), ToString::to_string);
    let mut text = format!("{} ({}, {})\n", wish.title, wish.kind, request.status);
    text += &format!("{} of tenant {tenant}, by {author}, {}\n", request.id, request.created_at);
    if let Some(image) = wish.image {
        text += &format!("image {image}\n");
    }
    if let Some(package) = &wish.package {
        text += &format!("package {}\n", package_line(package));
    }
    if !wish.description.as_str().is_empty() {
        text += &format!("\n{}\n", wish.description.as_str().trim_end());
    }
    for StatusChange { at, status, reply } in &request.history {
        let reply = reply.as_ref().map_or_else(String::new, |reply| format!(": {}", reply.as_str().trim_end()));
        text += &format!("\n{at} {status}{reply}\n");
    }
    text
}

fn package_line(WantedPackage { name, version, ecosystem }: &WantedPackage) -> String {
    let version = version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    let ecosystem = ecosystem.as_ref().map_or_else(String::new, |ecosystem| format!(" ({ecosystem})"));
    format!("{name}{version}{ecosystem}")
}

fn object(tenant: &TenantSlug, request: &FeatureRequest) -> Value {
    let wish = &request.wish;
    let package = wish.package.as_ref().map(|WantedPackage { name, version, ecosystem }| {
        json!({
            "name": name.as_str(),
            "version": version.as_ref().map(PackageVersion::as_str),
            "ecosystem": ecosystem.as_ref().map(PackageEcosystem::as_str),
        })
    });
    json!({
        "id": request.id.to_string(),
        "tenant": tenant.as_str(),
        "type": wish.kind.as_str(),
        "title": wish.title.as_str(),
        "description": wish.description.as_str(),
        "imageId": wish.image.map(|image| image.to_string()),
        "package": package,
        "status": request.status.as_str(),
        "reply": request.reply.as_ref().map(Reply::as_str),
        "history": request.history.iter().map(change).collect::<Vec<_>>(),
        "createdBy": {
            "id": request.author.id.to_string(),
            "name": request.author.name.as_ref().map(ToString::to_string),
        },
        "createdAt": request.created_at.to_string(),
        "updatedAt": request.updated_at.to_string(),
    })
}

fn change(StatusChange { at, status, reply }: &StatusChange) -> Value {
    json!({"at": at.to_string(), "status": status.as_str(), "reply": reply.as_ref().map(Reply::as_str)})
}
