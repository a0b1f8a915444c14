//! What is said when somebody wants to log in with another address.

crate::messages! {
    title: "メールアドレス" | "Email address";
    lead: "ログインに使うアドレスです。変えるときは、いまのアドレスと新しいアドレスの両方に確認のメールをお送りします。" | "You log in with it. To change it, we ask both mailboxes, the old one and the new one.";
    field: "新しいメールアドレス" | "New email address";
    button: "確認のメールを送る" | "Send both mails";
    same: "いまのアドレスと同じです" | "That is your address already";
    too_many: "今日はこれ以上変更できません。明日もう一度お試しください" | "That was often for one day. Please try again tomorrow";
    sent: "両方のアドレスに確認のメールをお送りしました。24時間以内に両方で確認してください" | "We sent a mail to both addresses. Please confirm in both within 24 hours";
    mail_heading: "メールアドレスの変更の確認" | "Please confirm a change of address";
    old_lead: "EventPayのアカウントのメールアドレスを、次のアドレスに変える手続きがありました。よろしければ確認してください。" | "Somebody wants to log in to your EventPay account with another address. If it was you, please confirm.";
    new_lead: "このアドレスをEventPayのログインに使う手続きがありました。よろしければ確認してください。" | "Somebody wants to log in to EventPay with this address. If it was you, please confirm.";
    new_label: "新しいアドレス" | "New address";
    mail_button: "確認の画面を開く" | "Open the page";
    mail_note: "リンクは24時間有効です。お心当たりがなければ、何もしないでください。両方で確認されない限り、何も変わりません。" | "The link works for 24 hours. If it was not you, do nothing: nothing changes unless both mailboxes say yes.";
    page_title: "メールアドレスの変更" | "Change of address";
    page_old: "ログインに使うアドレスを次のアドレスに変えます。" | "You will log in with this address from now on.";
    page_new: "このアドレスをログインに使います。" | "You will log in with this address from now on.";
    confirm: "確認する" | "Confirm";
    half: "確認しました。もう一方のアドレスでも確認すると、変更が完了します。" | "Thank you. The change is done once the other mailbox says yes too.";
    changed: "アドレスを変えました。新しいアドレスでログインしてください" | "The address was changed. Please log in with the new one";
    taken: "このアドレスは、ほかのアカウントで使われています。" | "Another account logs in with this address.";
    over: "このリンクは使えません。変更が済んだか、期限が切れています。" | "This link is over: the change was made, or it is too late.";
}
