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
    mail_note: "リンクは24時間有効です。お心当たりがなければ、画面の「申し込んでいません」を押してください。手続きを取り消します。" | "The link works for 24 hours. If it was not you, open the page and say so: the change is called off.";
    page_title: "メールアドレスの変更" | "Change of address";
    page_old: "ログインに使うアドレスを次のアドレスに変えます。" | "You will log in with this address from now on.";
    page_new: "このアドレスをログインに使います。" | "You will log in with this address from now on.";
    confirm: "確認する" | "Confirm";
    refuse: "申し込んでいません" | "I did not ask for this";
    refuse_old: "取り消して、このアカウントのすべてのブラウザーをログアウトします。" | "The change is called off, and all browsers of this account are signed out.";
    refuse_new: "取り消します。このアドレスは使われません。" | "The change is called off, and this address is not used.";
    refused: "取り消しました。アカウントは変わっていません。" | "The change was called off. The account is as it was.";
    refused_old: "取り消して、すべてのブラウザーをログアウトしました。だれかがログインしていたのかもしれません。ログインし直して、ログインの方法と二段階認証を確認してください。" | "The change was called off and all browsers were signed out. Somebody else may have been logged in: log in again, and check your ways in and second factors.";
    sign_in_first: "このリンクは、変更を申し込んだアカウントにログインしているブラウザーで開いてください。お心当たりがなければ、「申し込んでいません」を押してください。" | "Open this link in a browser that is logged in to the account that asked. If you did not ask, say so below.";
    half: "確認しました。もう一方のアドレスでも確認すると、変更が完了します。" | "Thank you. The change is done once the other mailbox says yes too.";
    changed: "アドレスを変えました。新しいアドレスでログインしてください" | "The address was changed. Please log in with the new one";
    taken: "このアドレスは、ほかのアカウントで使われています。" | "Another account logs in with this address.";
    over: "このリンクは使えません。変更が済んだか、期限が切れています。" | "This link is over: the change was made, or it is too late.";
}
