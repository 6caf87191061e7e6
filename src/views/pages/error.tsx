// The page for everything that did not work: what the person can do, whom to ask, and a number that finds the rest.

import type { Brand } from "../brand.ts";
import { type Page, page } from "../layout.tsx";
import { isRefusalReason, type RefusalSentence, refusalSentence } from "../refusal-sentences.ts";

export interface ErrorPageProps {
  status: number;
  /** A refusal reason or the stable code of an error; never shown itself. */
  reason: string;
  /** What a person reads out to support. */
  reference: string;
  /** Path or validated URL of "Try again". */
  retry?: string;
  /** Name of the project, when the host stands for one. */
  brand?: string | Brand;
}

/** A refused login or any other error. Shows no claim, stack or foreign word, whatever it is given. */
export function errorPage({ status, reason, reference, retry = "/login", brand }: ErrorPageProps): Page {
  const { title, sentence } = sentenceOf(status, reason);
  return page({
    title,
    ...(brand === undefined ? {} : { brand }),
    children: (
      <>
        <div class="badge" aria-hidden="true">
          !
        </div>
        <h1>{title}</h1>
        <p class="lead">{sentence}</p>
        <a class="button button-primary" href={retry}>
          Try again
        </a>
        <p class="reference">
          Reference <code>{reference}</code>
        </p>
      </>
    ),
  });
}

function sentenceOf(status: number, reason: string): RefusalSentence {
  if (isRefusalReason(reason)) return refusalSentence(reason);
  return BY_CODE[reason] ?? BY_STATUS[status] ?? UNFORESEEN;
}

const UNFORESEEN: RefusalSentence = {
  title: "Something went wrong on our side",
  sentence: "Try again in a moment. If it happens again, give the reference below to your administrator.",
};

const BY_CODE: Record<string, RefusalSentence | undefined> = {
  self_service_flow_expired: {
    title: "This page has expired",
    sentence: "It was open for too long. Start again; nothing you entered was kept.",
  },
  self_service_flow_return_to_forbidden: {
    title: "This link leads somewhere we do not send people",
    sentence: "Open the application you wanted to use and sign in from there, or ask its team to allow the address.",
  },
  trial_ticket_invalid: {
    title: "This trial has expired",
    sentence:
      "A link to try a connection works once and for five minutes. Start again from the connection’s page in the console.",
  },
  security_csrf_violation: {
    title: "This form could not be trusted",
    sentence: "It was not sent from our own page, or your browser blocks cookies. Allow cookies for this site and try again.",
  },
  duplicate_cookie: {
    title: "Your browser sent conflicting cookies",
    sentence: "Delete the cookies of this site in your browser’s settings and try again.",
  },
};

const BY_STATUS: Record<number, RefusalSentence | undefined> = {
  400: { title: "That link does not work", sentence: "Something in it is missing or wrong. Start again from the sign-in page." },
  401: { title: "Please sign in", sentence: "You need to be signed in to see this page." },
  403: { title: "You cannot open this page", sentence: "Ask your administrator for access if you think you should." },
  404: { title: "There is nothing here", sentence: "Check the address, or start again from the sign-in page." },
  405: { title: "That link does not work", sentence: "Start again from the sign-in page." },
  410: { title: "This page has expired", sentence: "It was open for too long. Start again from the sign-in page." },
  413: { title: "That was too much", sentence: "What you sent is larger than this form takes. Shorten it and try again." },
  429: { title: "Too many attempts", sentence: "Wait a minute before you try again." },
  502: { title: "Another service is not answering", sentence: "Wait a minute and try again." },
  503: { title: "We cannot answer right now", sentence: "Wait a moment and try again. Nothing is lost." },
};
