// Mailbox providers that are open to everybody. An organization that owned one of these domains would own the sign-in
// of strangers, so none may claim it (T50). Kept short and certain: a company's own domain must never be on it. The lookup goes
// by this list too, so a name that is added to it later must belong to no organization of any installation.

/** Providers that use their name under many public suffixes: `yahoo.fr`, `yahoo.co.jp`, ... */
const FAMILIES: ReadonlySet<string> = new Set([
  ..."gmail googlemail yahoo ymail hotmail gmx yandex protonmail mailinator yopmail guerrillamail maildrop".split(" "),
]);

const DOMAINS: ReadonlySet<string> = new Set(
  `
  outlook.com outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.th outlook.com.ar outlook.com.au
  outlook.com.br outlook.com.gr outlook.com.tr outlook.com.vn outlook.cz outlook.de outlook.dk outlook.es outlook.fr
  outlook.hu outlook.ie outlook.in outlook.it outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt
  outlook.sa outlook.sg outlook.sk live.com live.at live.be live.ca live.cl live.cn live.co.kr live.co.uk live.co.za
  live.com.ar live.com.au live.com.mx live.com.my live.com.pt live.com.sg live.de live.dk live.fi live.fr live.hk live.ie
  live.in live.it live.jp live.nl live.no live.ru live.se msn.com windowslive.com
  icloud.com me.com mac.com rocketmail.com aol.com aol.co.uk aol.de aol.fr aim.com netscape.net verizon.net att.net
  sbcglobal.net bellsouth.net comcast.net cox.net charter.net earthlink.net juno.com netzero.net optonline.net
  proton.me pm.me tuta.com tuta.io tutanota.com tutanota.de tutamail.com keemail.me hey.com fastmail.com fastmail.fm
  hushmail.com mailfence.com posteo.de posteo.net mailbox.org zoho.com zohomail.com zohomail.eu duck.com mail.com email.com
  web.de freenet.de t-online.de arcor.de online.de 1und1.de mail.de bluewin.ch
  orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr libero.it virgilio.it tiscali.it alice.it tin.it
  terra.es telefonica.net sapo.pt iol.pt skynet.be telenet.be proximus.be ziggo.nl home.nl kpnmail.nl planet.nl xs4all.nl
  btinternet.com blueyonder.co.uk ntlworld.com talktalk.net virginmedia.com eircom.net
  spray.se online.no seznam.cz centrum.cz post.cz azet.sk zoznam.sk wp.pl onet.pl o2.pl interia.pl gazeta.pl
  abv.bg mail.bg inbox.lv freemail.hu citromail.hu mail.ru bk.ru inbox.ru list.ru internet.ru rambler.ru ya.ru
  ukr.net i.ua meta.ua qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn
  naver.com daum.net hanmail.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp rediffmail.com indiatimes.com
  uol.com.br bol.com.br terra.com.br ig.com.br bigpond.com bigpond.net.au optusnet.com.au
  sympatico.ca telus.net videotron.ca walla.co.il
  10minutemail.com temp-mail.org tempmail.com throwawaymail.com sharklasers.com trashmail.com getnada.com dispostable.com
  moakt.com mailnesia.com mintemail.com
  `
    .trim()
    .split(/\s+/),
);

/**
 * Names of which it is certain without the list of public suffixes: each is refused to whoever claims it, so no organization
 * has it, and nothing has to be asked about it.
 */
export const KNOWN_FREEMAIL: ReadonlySet<string> = new Set([...DOMAINS, ...Array.from(FAMILIES, (name) => `${name}.com`)]);

/** Whether a canonical domain is a mailbox provider's. `name` is the domain without its public suffix. */
export function isFreemail(domain: string, name: string): boolean {
  return FAMILIES.has(name) || DOMAINS.has(domain);
}
