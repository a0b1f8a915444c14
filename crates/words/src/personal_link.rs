//! What is said about personal links: sent again, made anew, or replaced.

use crate::lang::Lang;

crate::messages! {
    // Asking for it
    title: "申込みページのリンク" | "The link to your order";
    lead: "お申込みのときのメールアドレスを入れてください。そのアドレスに、申込みページのリンクをお送りします。" | "Enter the mail address you ordered with. We send it the link to your order.";
    field: "お申込みのメールアドレス" | "Mail address of the order";
    button: "リンクを送る" | "Send the link";
    sent_title: "メールをご確認ください" | "Please look into your mailbox";
    sent: "このイベントへのお申込みがあるアドレスでしたら、数分のうちにリンクが届きます。届かないときは、迷惑メールのフォルダーと、入力したアドレスをお確かめください。" | "If an order was placed with this address, its link arrives within minutes. If nothing comes, look into the spam folder and check the address.";
    hourly: "同じ申込みのリンクは、1時間に1回だけお送りします。" | "A link is sent once an hour at most.";
    replaced_title: "このリンクは新しくなりました" | "This link was replaced";
    replaced: "新しいリンクを、お申込みのメールアドレスにお送りしてあります。見つからないときは、下からもう一度お送りできます。" | "The new one was mailed to the address of the order. If you cannot find it, ask for it again below.";
    renewed_title: "新しいリンクをお送りしました" | "The new link is on its way";
    renewed: "これまでのリンクは使えなくなりました。お申込みのメールアドレスに届いたリンクをお使いください。" | "The old link opens nothing any more. Please use the one in the mail that we have just sent.";
    ask: "お申込み済みの方：リンクを送り直す" | "Ordered already? Get your link again";
    to_event: "イベントのページへ" | "To the event";

    // On the order's own page
    renew: "リンクを新しくする" | "Make a new link";
    renew_label: "このページのリンクを新しくする" | "Make a new link to this page";
    renew_confirm: "新しいリンクをメールで受け取る" | "Mail me a new link";

    // The organizer
    send: "リンクを送り直す" | "Mail the link again";
    sent_now: "申込みページのリンクを、参加者のアドレスにお送りします（1時間に1回まで）" | "The link goes to the buyer’s address (once an hour at most)";
    renew_why_organizer: "参加者のリンクがほかの人に知られたときに使います。新しいリンクを参加者のアドレスにお送りし、これまでのリンクはすぐに使えなくなります。チケットのコードは変わりません。" | "For when somebody else got the buyer’s link. A new one is mailed to the buyer’s address, and the old one stops working at once. The tickets’ codes stay.";
    renew_confirm_organizer: "新しいリンクを送る" | "Mail a new link";
    renewed_now: "新しいリンクを参加者のアドレスにお送りします。これまでのリンクは使えなくなりました" | "A new link goes to the buyer’s address; the old one works no more";

    // The mails
    mail_subject: "申込みページのリンク" | "the link to your order";
    mail_heading: "申込みページのリンクです" | "The link to your order";
    mail_lead: "お申込みの状況やチケットは、次のページでご覧いただけます。" | "Your order and your tickets are on this page.";
    mail_renewed_subject: "新しい申込みページのリンク" | "the new link to your order";
    mail_renewed_heading: "リンクが新しくなりました" | "Your order has a new link";
    mail_renewed_lead: "これからは、次のページをお使いください。これまでにお送りしたリンクは使えなくなりました。" | "Please use this page from now on. The links in earlier mails do not work any more.";
}

/// The question before a participant makes the link anew.
pub fn renew_why(email: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "このページのリンクをほかの人に知られてしまったときのためのものです。新しいリンクを {email} にお送りし、いまのリンクはすぐに使えなくなります。このアドレスでメールを受け取れることをお確かめください。チケットのコードは変わりません。"
        ),
        Lang::En => format!(
            "For when somebody else got the link to this page. We mail a new one to {email}, and this one stops working at once: make sure that you can read mail there. The tickets’ codes stay."
        ),
    }
}
