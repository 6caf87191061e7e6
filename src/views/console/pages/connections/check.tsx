// The report of a check: every step with what was found and what to do about it.

import type { CheckReport } from "../../../../domain/connections/service.ts";
import { refusalExplanation } from "../../../refusal-explanations.ts";
import { Badge, Button, ButtonLink, PageHead, Panel, type Tone } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";
import { FormActions, FormSecrets } from "../../parts/fields.tsx";
import { type Around, apiPath, connectionPath, type LabelledConnection } from "./around.ts";

type Step = CheckReport["steps"][number];
type Reason = NonNullable<Step["reason"]>;
type SkipReason = "not_configured" | "earlier_step_failed" | "inconclusive";

const STEPS: Record<Step["step"], { title: string; passed: string }> = {
  discovery: { title: "Metadata", passed: "The provider publishes its metadata." },
  issuer: { title: "Issuer", passed: "The metadata names exactly this issuer." },
  keys: { title: "Signing keys", passed: "The provider publishes its signing keys." },
  algorithms: { title: "Algorithm", passed: "There is a key for the ID token algorithm." },
  token_endpoint_pin: { title: "Token endpoint’s host", passed: "It is where logins have sent the credentials before." },
  token_endpoint: { title: "Token endpoint", passed: "It answers." },
  client_authentication: { title: "Client ID and secret", passed: "The provider knows them." },
};

const SKIPPED: Record<SkipReason, { happened: string; fix: string }> = {
  not_configured: { happened: "There is nothing to check yet.", fix: "Nothing to do: the first login sets it." },
  earlier_step_failed: { happened: "Not tried, because an earlier step failed.", fix: "Mend the failed step, then check again." },
  inconclusive: {
    happened: "The provider’s answer does not tell.",
    fix: "Try the connection: a whole login shows whether client ID and secret are right.",
  },
};

/** What a reason means and what to do about it: there is a sentence for every reason that a check can give. */
export function checkExplanation(reason: Reason): { happened: string; fix: string } {
  return isSkipReason(reason) ? SKIPPED[reason] : refusalExplanation(reason);
}

function isSkipReason(reason: Reason): reason is SkipReason {
  return reason in SKIPPED;
}

export interface CheckPageProps {
  around: Around;
  connection: LabelledConnection;
  /** Undefined before the check has been run. */
  report: CheckReport | undefined;
  /** Why it was not run. */
  notRun: string | undefined;
}

export function CheckPage({ around, connection, report, notRun }: CheckPageProps) {
  return (
    <>
      <PageHead
        title={`Check “${connection.label}”`}
        lead="Asks the provider’s servers without a person: metadata, keys, and the token endpoint with a code that cannot be valid."
        actions={<ButtonLink href={connectionPath(around, connection)}>Back to the connection</ButtonLink>}
      />
      {report ? <Report report={report} /> : null}
      {notRun ? (
        <p class="alert alert-error" role="alert">
          {notRun}
        </p>
      ) : null}
      {around.may.write ? (
        <form method="post">
          <FormSecrets csrf={around.csrf} />
          <FormActions>
            <Button kind="primary">{report || notRun ? "Check again" : "Check now"}</Button>
          </FormActions>
        </form>
      ) : null}
      <ApiCalls baseUrl={around.baseUrl} calls={[{ method: "POST", path: apiPath(connection, "/check") }]} />
    </>
  );
}

function Report({ report }: { report: CheckReport }) {
  const failed = report.steps.filter((step) => step.result === "failed").length;
  const summary = failed === 0 ? "Nothing is wrong." : failed === 1 ? "One step failed." : `${failed} steps failed.`;
  return (
    <Panel title={summary} lead="In the order in which they were tried.">
      <ol class="steps">
        {report.steps.map((step) => (
          <li>
            <Badge tone={TONES[step.result]}>{WORDS[step.result]}</Badge>
            <StepText step={step} />
          </li>
        ))}
      </ol>
    </Panel>
  );
}

const TONES: Record<Step["result"], Tone> = { passed: "good", failed: "bad", skipped: "quiet" };
const WORDS: Record<Step["result"], string> = { passed: "Passed", failed: "Failed", skipped: "Skipped" };

/** What passed, and what will be tried by itself. */
function nothingToDo({ result, reason }: Step): boolean {
  return result === "passed" || reason === "earlier_step_failed" || (result === "skipped" && reason === "not_configured");
}

function StepText({ step }: { step: Step }) {
  const { title, passed } = STEPS[step.step];
  const explanation = step.reason && checkExplanation(step.reason);
  const fix = step.fix ?? explanation?.fix;
  return (
    <div>
      <strong>{title}</strong>
      <p>{explanation ? explanation.happened : passed}</p>
      {step.detail ? <p class="hint">{step.detail}</p> : null}
      {fix === undefined || nothingToDo(step) ? null : (
        <p>
          <strong>What to do.</strong> {fix}
        </p>
      )}
      {step.result === "failed" ? (
        <p class="hint">
          <code>{step.reason}</code>
        </p>
      ) : null}
    </div>
  );
}
