//! The route table, a line a page.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::SsrMode::Async;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::pages::account::confirm::LoginConfirmPage;
use crate::pages::account::invitation::InvitationPage;
use crate::pages::account::login::LoginPage;
use crate::pages::account::login_return::LoginReturnPage;
use crate::pages::account::own::OwnAccountPage;
use crate::pages::account::own::codes::RecoveryCodesPage;
use crate::pages::account::own::data::DeleteAccountPage;
use crate::pages::account::own::email::EmailChangePage;
use crate::pages::account::own::mails::MailChoicesPage;
use crate::pages::account::own::profile::OwnProfilePage;
use crate::pages::account::own::totp::TotpPage;
use crate::pages::account::passkey_login::PasskeyLoginPage;
use crate::pages::account::profile::ProfilePage;
use crate::pages::account::second_factor::{ConfirmPage, SecondFactorPage};
use crate::pages::account::sent::LoginSentPage;
use crate::pages::account::step_up::ContinuePage;
use crate::pages::administrator::alerts::AdminAlertsPage;
use crate::pages::administrator::audit::AdminAuditPage;
use crate::pages::administrator::jobs::AdminJobsPage;
use crate::pages::administrator::organizer::AdminOrganizerPage;
use crate::pages::administrator::organizers::AdminOrganizersPage;
use crate::pages::administrator::overview::AdminOverviewPage;
use crate::pages::administrator::payouts::AdminPayoutsPage;
use crate::pages::administrator::switches::AdminSwitchesPage;
use crate::pages::administrator::users::AdminUsersPage;
use crate::pages::credit_note::{BuyerCreditNotePage, OrganizerCreditNotePage};
use crate::pages::not_found::NotFoundPage;
use crate::pages::organizer;
use crate::pages::organizer::alerts::AlertsPage;
use crate::pages::organizer::audit::AuditPage;
use crate::pages::organizer::cancel_event::CancelEventPage;
use crate::pages::organizer::cancel_order::CancelOrderPage;
use crate::pages::organizer::cancel_policy::CancelPolicyPage;
use crate::pages::organizer::cancellation::CancellationPage;
use crate::pages::organizer::dashboard::DashboardPage;
use crate::pages::organizer::dispute::DisputePage;
use crate::pages::organizer::edit_event::EditEventPage;
use crate::pages::organizer::embed::EmbedKeysPage;
use crate::pages::organizer::erase_buyer::EraseBuyerPage;
use crate::pages::organizer::events::EventsPage;
use crate::pages::organizer::members::MembersPage;
use crate::pages::organizer::new_event::NewEventPage;
use crate::pages::organizer::orders::OrdersPage;
use crate::pages::organizer::payout::PayoutPage;
use crate::pages::organizer::payouts::{BankAccountPage, PayoutsPage};
use crate::pages::organizer::receiving_account::ReceivingAccountPage;
use crate::pages::organizer::refund::RefundPage;
use crate::pages::organizer::return_requests::ReturnRequestsPage;
use crate::pages::organizer::screening_settings::ScreeningSettingsPage;
use crate::pages::organizer::screenings::ScreeningsPage;
use crate::pages::organizer::settings::SettingsPage;
use crate::pages::organizer::share::SharePage;
use crate::pages::organizer::statements::StatementsPage;
use crate::pages::organizer::ticket_types::TicketTypesPage;
use crate::pages::organizer::webhooks::WebhooksPage;
use crate::pages::organizer::webhooks::endpoint::WebhookPage;
use crate::pages::participant::cancel::CancelPage;
use crate::pages::participant::confirm_address::ConfirmAddressPage;
use crate::pages::participant::embed::EmbedPage;
use crate::pages::participant::event::EventPage;
use crate::pages::participant::home::HomePage;
use crate::pages::participant::order::OrderPage;
use crate::pages::participant::payment_return::PaymentReturnPage;
use crate::pages::participant::personal_link::PersonalLinkPage;
use crate::pages::participant::refund_account::RefundAccountPage;

/// A page's title as the browser shows it.
fn titled(text: String) -> String {
    if text.is_empty() { "EventPay".to_owned() } else { format!("{text} | EventPay") }
}

/// Every page there is. Pages are rendered whole before the first byte leaves, so that their status is right.
#[component]
#[expect(clippy::too_many_lines, reason = "a table, a line a page")]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=titled />
        <Router>
            <FlatRoutes fallback=NotFoundPage>
                // Participants
                <Route path=path!("/") view=HomePage ssr=Async />
                <Route path=path!("/e/:slug") view=EventPage ssr=Async />
                <Route path=path!("/embed/:slug") view=EmbedPage ssr=Async />
                <Route path=path!("/e/:slug/link") view=PersonalLinkPage ssr=Async />
                <Route path=path!("/e/orders/:token") view=OrderPage ssr=Async />
                <Route path=path!("/e/confirm/:order/:key") view=ConfirmAddressPage ssr=Async />
                <Route path=path!("/e/orders/:token/return") view=PaymentReturnPage ssr=Async />
                <Route path=path!("/e/orders/:token/cancel") view=CancelPage ssr=Async />
                <Route path=path!("/e/orders/:token/credit_notes/:number") view=BuyerCreditNotePage ssr=Async />
                <Route path=path!("/e/refunds/:token") view=RefundAccountPage ssr=Async />
                // Organizers
                <Route path=path!("/o/login") view=LoginPage ssr=Async />
                <Route path=path!("/o/login/sent") view=LoginSentPage ssr=Async />
                <Route path=path!("/o/login/confirm") view=LoginConfirmPage ssr=Async />
                <Route path=path!("/o/invitations/:token") view=InvitationPage ssr=Async />
                <Route path=path!("/o/login/return/:provider") view=LoginReturnPage ssr=Async />
                <Route path=path!("/o/profile") view=ProfilePage ssr=Async />
                <Route path=path!("/o/login/passkey") view=PasskeyLoginPage ssr=Async />
                <Route path=path!("/o/login/second") view=SecondFactorPage ssr=Async />
                <Route path=path!("/o/confirm") view=ConfirmPage ssr=Async />
                <Route path=path!("/o/confirm/continue") view=ContinuePage ssr=Async />
                <Route path=path!("/o/account") view=OwnAccountPage ssr=Async />
                <Route path=path!("/o/account/app") view=TotpPage ssr=Async />
                <Route path=path!("/o/account/email") view=EmailChangePage ssr=Async />
                <Route path=path!("/o/account/profile") view=OwnProfilePage ssr=Async />
                <Route path=path!("/o/account/mails") view=MailChoicesPage ssr=Async />
                <Route path=path!("/o/account/delete") view=DeleteAccountPage ssr=Async />
                <Route path=path!("/o/account/codes") view=RecoveryCodesPage ssr=Async />
                <Route path=path!("/o") view=EventsPage ssr=Async />
                <Route path=path!("/o/settings") view=SettingsPage ssr=Async />
                <Route path=path!("/o/alerts") view=AlertsPage ssr=Async />
                <Route path=path!("/o/audit") view=AuditPage ssr=Async />
                <Route path=path!("/o/settings/members") view=MembersPage ssr=Async />
                <Route path=path!("/o/settings/screening") view=ScreeningSettingsPage ssr=Async />
                <Route path=path!("/o/settings/embed") view=EmbedKeysPage ssr=Async />
                <Route path=path!("/o/settings/webhooks") view=WebhooksPage ssr=Async />
                <Route path=path!("/o/settings/webhooks/:endpoint") view=WebhookPage ssr=Async />
                <Route path=path!("/o/payouts") view=PayoutsPage ssr=Async />
                <Route path=path!("/o/payouts/account") view=BankAccountPage ssr=Async />
                <Route path=path!("/o/payouts/:payout") view=PayoutPage ssr=Async />
                <Route path=path!("/o/money/statements") view=StatementsPage ssr=Async />
                <Route path=path!("/o/money/account") view=ReceivingAccountPage ssr=Async />
                <Route path=path!("/o/events/new") view=NewEventPage ssr=Async />
                <Route path=path!("/o/events/:event") view=DashboardPage ssr=Async />
                <Route path=path!("/o/events/:event/edit") view=EditEventPage ssr=Async />
                <Route path=path!("/o/events/:event/tickets") view=TicketTypesPage ssr=Async />
                <Route path=path!("/o/events/:event/cancelling") view=CancelPolicyPage ssr=Async />
                <Route path=path!("/o/events/:event/orders") view=OrdersPage ssr=Async />
                <Route path=path!("/o/events/:event/returns") view=ReturnRequestsPage ssr=Async />
                <Route path=path!("/o/events/:event/screenings") view=ScreeningsPage ssr=Async />
                <Route path=path!("/o/events/:event/share") view=SharePage ssr=Async />
                <Route path=path!("/o/events/:event/cancel") view=CancelEventPage ssr=Async />
                <Route path=path!("/o/events/:event/cancellation") view=CancellationPage ssr=Async />
                <Route path=path!("/o/orders/:order") view=organizer::order::OrderPage ssr=Async />
                <Route path=path!("/o/orders/:order/credit_notes/:number") view=OrganizerCreditNotePage ssr=Async />
                <Route path=path!("/o/orders/:order/refund") view=RefundPage ssr=Async />
                <Route path=path!("/o/orders/:order/cancel") view=CancelOrderPage ssr=Async />
                <Route path=path!("/o/orders/:order/erase") view=EraseBuyerPage ssr=Async />
                <Route path=path!("/o/disputes/:dispute") view=DisputePage ssr=Async />
                // Administrators
                <Route path=path!("/admin") view=AdminOverviewPage ssr=Async />
                <Route path=path!("/admin/alerts") view=AdminAlertsPage ssr=Async />
                <Route path=path!("/admin/jobs") view=AdminJobsPage ssr=Async />
                <Route path=path!("/admin/organizers") view=AdminOrganizersPage ssr=Async />
                <Route path=path!("/admin/organizers/:organizer") view=AdminOrganizerPage ssr=Async />
                <Route path=path!("/admin/users") view=AdminUsersPage ssr=Async />
                <Route path=path!("/admin/switches") view=AdminSwitchesPage ssr=Async />
                <Route path=path!("/admin/audit") view=AdminAuditPage ssr=Async />
                <Route path=path!("/admin/payouts") view=AdminPayoutsPage ssr=Async />
            </FlatRoutes>
        </Router>
    }
}
