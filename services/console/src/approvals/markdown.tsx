import type { ReactElement } from 'react';
import ReactMarkdown from 'react-markdown';

/** Addresses that a description may lead to; everything else in it is text. */
const SAFE = /^(https?:|mailto:)/i;

/** Markdown without HTML and without pictures, which would tell their server who reads it. */
export default function Markdown({ text }: { readonly text: string }): ReactElement {
  return (
    <div className="markdown break">
      <ReactMarkdown
        skipHtml
        disallowedElements={['img']}
        urlTransform={(url) => (SAFE.test(url) ? url : '')}
        components={{
          h1: 'h3',
          h2: 'h3',
          a: ({ href, children }) =>
            href === undefined || href === '' ? (
              <span>{children}</span>
            ) : (
              <a href={href} target="_blank" rel="noopener noreferrer nofollow">
                {children}
              </a>
            ),
        }}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}
