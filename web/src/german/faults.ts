/**
 * What the server and the chat's client say to viewers and streamers, by code: all that a page can
 * meet but those whose English names what is wrong.
 */
export const byCode: Readonly<Record<string, string>> = {
  'accounts.busy': 'Gerade melden sich zu viele an. Versuche es in ein paar Sekunden wieder.',
  'accounts.disabled': 'Dieses Konto ist abgeschaltet. Frage, wer diesen Server betreibt.',
  'accounts.display-name-invalid': 'Ein Anzeigename hat 1 bis 50 Zeichen. Wähle einen anderen.',
  'accounts.email-invalid': 'Das ist keine E-Mail-Adresse. Prüfe sie.',
  'accounts.email-taken': 'Mit dieser E-Mail-Adresse gibt es schon ein Konto. Melde dich an.',
  'accounts.invite-needed':
    'Dieser Server nimmt neue Konten nur mit Einladung. Bitte den Betreiber um einen Link.',
  'accounts.not-found': 'Dieses Konto gibt es nicht. Prüfe den Namen.',
  'accounts.own-account': 'Dein eigenes Konto kannst du weder sperren noch ihm die Rechte nehmen.',
  'accounts.password-common':
    'Dieses Passwort ist eines der ersten, die andere versuchen würden. Wähle ein anderes.',
  'accounts.password-length': 'Ein Passwort hat 8 bis 256 Zeichen. Wähle ein passendes.',
  'accounts.password-wrong': 'Das bisherige Passwort stimmt nicht. Es wurde nichts geändert.',
  'accounts.registration-closed':
    'Dieser Server nimmt keine neuen Konten an. Frage, wer ihn betreibt.',
  'accounts.settings-too-large': 'So viele Einstellungen nimmt ein Kanal nicht. Entferne einige.',
  'accounts.sign-in-refused': 'E-Mail-Adresse oder Passwort stimmt nicht.',
  'accounts.text-too-long': 'Der Text ist zu lang. Kürze ihn.',
  'accounts.ticket-invalid':
    'Dieser Link gilt nicht, ist verbraucht oder zu alt. Bitte um einen neuen.',
  'accounts.ticket-missing':
    'Diese Einladung gibt es nicht mehr. Vielleicht ist sie widerrufen oder verbraucht.',
  'accounts.tickets-full':
    'Es gibt schon so viele Einladungen und Links wie möglich. Widerrufe erst einige.',
  'accounts.too-many-attempts': 'Zu viele Versuche. Warte einen Moment.',
  'accounts.unauthenticated': 'Du bist nicht mehr angemeldet. Melde dich wieder an.',
  'accounts.username-invalid':
    'Ein Benutzername hat 3 bis 25 Zeichen: a-z, Ziffern und _; einige sind vergeben.',
  'accounts.username-taken': 'Diesen Benutzernamen hat schon jemand. Wähle einen anderen.',
  'base.bug':
    'Vibly hat einen Fehler gemacht. Versuche es noch einmal; bleibt er, melde ihn dem Betreiber.',
  'chat.account-too-new': 'Hier schreiben nur Konten, die älter sind. Versuche es später.',
  'chat.banned': 'Du bist in diesem Chat gesperrt. Lesen kannst du weiter.',
  'chat.channel-missing': 'Diesen Kanal gibt es nicht. Prüfe die Adresse.',
  'chat.content-invalid':
    'Eine Nachricht hat 1 bis 500 sichtbare Zeichen. Schreibe etwas oder weniger.',
  'chat.emote-invalid':
    'Das kann kein Emote sein. Nimm PNG, WebP oder GIF bis 256 KiB und 512 Pixel je Seite.',
  'chat.emote-missing': 'Ein Emote dieses Namens hat der Kanal nicht.',
  'chat.emotes-full': 'Ein Kanal hat höchstens 100 Emotes. Entferne erst eines.',
  'chat.emotes-only': 'Dieser Chat nimmt gerade nur Emotes.',
  'chat.followers-only': 'In diesem Chat schreiben nur, die dem Kanal folgen.',
  'chat.follows-full': 'Du folgst schon so vielen Kanälen wie möglich. Verlasse erst einen.',
  'chat.held': 'Deine Nachricht wartet auf die Moderation. Du musst nichts weiter tun.',
  'chat.links-off': 'Links sind in diesem Chat abgeschaltet. Sende die Nachricht ohne.',
  'chat.message-missing': 'Diese Nachricht gibt es nicht mehr. Vielleicht wurde sie gelöscht.',
  'chat.not-moderator': 'Das dürfen nur die Moderatoren dieses Kanals.',
  'chat.not-signed-in': 'Lesen geht ohne Konto, schreiben nicht. Melde dich an.',
  'chat.not-unique': 'Genau das hat gerade jemand gesagt. Sage es anders.',
  'chat.parent-missing': 'Die Nachricht, auf die du antwortest, gibt es nicht mehr.',
  'chat.rate-limited': 'Du sendest schneller, als dieser Chat annimmt. Warte einen Moment.',
  'chat.repeated': 'Das hast du schon mehrmals gesagt. Warte etwas oder sage etwas anderes.',
  'chat.restarting': 'Der Server startet neu. Dein Chat kommt von selbst zurück.',
  'chat.rules-full': 'Davon hat der Kanal schon so viele wie möglich. Entferne erst einige.',
  'chat.scope-missing':
    'Das erlaubt das Token dieses Programms nicht. Erstelle eines, das es darf.',
  'chat.server-busy': 'Gerade öffnen zu viele den Chat. Deiner kommt von selbst zurück.',
  'chat.server-full': 'Der Server ist gerade voll. Dein Chat kommt von selbst zurück.',
  'chat.signed-out': 'Du wurdest abgemeldet. Melde dich an, um weiterzuschreiben.',
  'chat.slow-consumer':
    'Deine Verbindung kommt mit den Nachrichten nicht nach. Verbinde neu, dann folgt der Rest.',
  'chat.slow-mode': 'Der Chat ist langsam gestellt. Warte einen Moment.',
  'chat.target-protected': 'Diese Person kannst du nicht sperren.',
  'chat.timed-out': 'Du bist für eine Weile stummgeschaltet.',
  'chat.token-missing': 'Dieses Token hast du nicht. Vielleicht ist es schon widerrufen.',
  'chat.tokens-full': 'Du hast schon so viele Token wie möglich. Widerrufe erst eines.',
  'chat.too-many-frames': 'Das war zu viel auf einmal. Verbinde neu und mache weniger.',
  'chat.too-many-sockets': 'Von hier sind zu viele Chats offen. Schließe einige.',
  'chat.user-missing': 'Diese Person gibt es auf diesem Server nicht.',
  'chat.word-blocked': 'Ein Wort deiner Nachricht nimmt dieser Chat nicht. Sage es anders.',
  'client.offline': 'Der Chat ist gerade nicht verbunden. Versuche es, sobald er zurück ist.',
  'client.refused': 'Der Chat hat diese Verbindung abgelehnt.',
  'client.too-many': 'Es wartet schon zu viel auf die Verbindung. Warte, bis sie zurück ist.',
  'client.unconfirmed': 'Die Verbindung brach ab: vielleicht ist das nicht angekommen.',
  'http.bad-request': 'Diese Anfrage versteht der Server nicht. Lade die Seite neu.',
  'http.body-too-large': 'Das ist zu groß. Sende weniger.',
  'http.forbidden': 'Das darfst du nicht.',
  'http.foreign-origin':
    'Die Anfrage kam von einer fremden Seite und wurde abgelehnt. Benutze die Seite dieses Servers.',
  'http.not-found': 'Das gibt es hier nicht.',
  'http.not-ready': 'Der Server ist noch nicht bereit. Versuche es in ein paar Sekunden wieder.',
  'http.rate-limited': 'Zu viele Anfragen. Warte einen Moment.',
  'http.timeout': 'Die Anfrage kam zu langsam an. Versuche es noch einmal.',
  'live.broadcast-not-found': 'Diese Sendung gibt es nicht. Vielleicht wurde sie gelöscht.',
  'live.channel-not-found': 'Diesen Kanal gibt es nicht. Prüfe den Namen.',
  'log.busy': 'Gerade wird zu viel geschrieben. Es wurde nichts gespeichert; sende es noch einmal.',
  'log.closed':
    'Der Server hält an. Es wurde nichts gespeichert; sende es in ein paar Sekunden noch einmal.',
  'log.damaged':
    'Ein Teil des Chats ist beschädigt. Was heil ist, bleibt; sage es dem Administrator.',
  'log.read-failed': 'Der Chat lässt sich gerade nicht lesen. Versuche es noch einmal.',
  'log.read-only':
    'Dieser Chat lässt sich gerade nur lesen. Der Server behebt das, sobald die Platte geht.',
  'log.record-too-large': 'Diese Nachricht ist zu groß. Kürze sie.',
  'log.topic-invalid': 'Diesen Kanal gibt es nicht. Prüfe die Adresse.',
  'log.write-failed':
    'Die Platte hat das nicht angenommen. Es wurde nichts gespeichert; sende es noch einmal.',
  'records.busy': 'Gerade wird zu viel gespeichert. Versuche es in ein paar Sekunden wieder.',
  'records.closed': 'Der Server hält an und speichert nichts mehr. Versuche es gleich noch einmal.',
  'records.disk-full':
    'Die Platte des Servers ist voll: es wurde nichts gespeichert. Sage es dem Administrator.',
  'records.uncertain':
    'Das ist gespeichert, aber vielleicht nicht auf Dauer. Sage es dem Administrator.',
  'records.unwritable': 'Der Server konnte das nicht speichern. Sage es dem Administrator.',
}
