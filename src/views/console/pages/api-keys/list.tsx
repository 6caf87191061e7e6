// The API keys of a project, and what somebody sees who may not look at them.

import type { ApiKey } from "../../../../domain/api-keys/api-key.ts";
import type { PageContext } from "../../context.ts";
import { Badge, ButtonLink, Empty, Moment, PageHead, Pager, Panel, Table } from "../../parts/blocks.tsx";
import { ApiCalls } from "../../parts/curl.tsx";

const LEAD = "What your servers use to talk to this project: its organizations, connections, identities and sessions.";

export interface ApiKeyListProps {
  context: PageContext;
  path: string;
  items: readonly ApiKey[];
  pager: { nextHref: string | undefined; firstHref: string | undefined };
  apiPath: string;
}

export function ApiKeyList({ context, path, items, pager, apiPath }: ApiKeyListProps) {
  const create = (
    <ButtonLink href={`${path}/new`} kind="primary">
      New API key
    </ButtonLink>
  );
  return (
    <>
      <PageHead title="API keys" lead={LEAD} actions={create} />
      {items.length === 0 && pager.firstHref === undefined ? (
        <Empty title="No API key yet" action={create}>
          Create one for your application's server. It reaches this project and no other, and you can revoke it at any time.
        </Empty>
      ) : (
        <Panel>
          <Table
            caption="API keys"
            head={["Name", "Begins with", "Last used", "Expires", "Created", ""]}
            rows={items.map((apiKey) => [
              apiKey.name,
              <code>{apiKey.prefix}…</code>,
              apiKey.lastUsedAt === null ? (
                <span class="hint">Never</span>
              ) : (
                <LastUsed at={apiKey.lastUsedAt} now={context.now} />
              ),
              <Expiry apiKey={apiKey} now={context.now} />,
              <Moment at={apiKey.createdAt} now={context.now} />,
              <a href={`${path}/${apiKey.id}/revoke`}>
                Revoke<span class="unseen"> {apiKey.name}</span>
              </a>,
            ])}
          />
          <Pager {...pager} />
        </Panel>
      )}
      <ApiCalls
        baseUrl={context.baseUrl}
        calls={[
          { method: "GET", path: apiPath },
          { method: "POST", path: apiPath, body: { name: "Billing service", expires_at: "2027-01-31T12:00:00Z" } },
        ]}
      />
    </>
  );
}

/** For an operator whose role does not include keys. */
export function ApiKeysOfOthers() {
  return (
    <>
      <PageHead title="API keys" lead={LEAD} />
      <Empty title="Only owners see API keys">
        A key may do in this project what an owner may, so your role does not include looking at them. Ask an owner of this
        project if you need one.
      </Empty>
    </>
  );
}

/** To the hour: nothing finer is stored. */
function LastUsed({ at, now }: { at: number; now: number }) {
  return now - at < 3_600_000 ? <>Within the last hour</> : <Moment at={at} now={now} />;
}

function Expiry({ apiKey, now }: { apiKey: ApiKey; now: number }) {
  if (apiKey.expiresAt === null) return <>Never</>;
  if (apiKey.expiresAt > now) return <Moment at={apiKey.expiresAt} now={now} />;
  return (
    <>
      <Badge tone="bad">Expired</Badge> <Moment at={apiKey.expiresAt} now={now} />
    </>
  );
}
