// The first step of a new connection: which provider it is.

import { PageHead } from "../../parts/blocks.tsx";

export interface ProviderCard {
  provider: string;
  name: string;
  summary: string;
}

export function ChooseProviderPage({ cards, hrefOf }: { cards: readonly ProviderCard[]; hrefOf: (provider: string) => string }) {
  return (
    <>
      <PageHead
        title="Add a connection"
        lead="Choose the provider. What Orgate knows about it is filled in for you; everything can be changed."
      />
      <ul class="choices">
        {cards.map(({ provider, name, summary }) => (
          <li>
            <a class="choice" href={hrefOf(provider)}>
              <strong>{name}</strong>
              <span>{summary}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
