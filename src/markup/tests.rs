//! What is liquid, and what only looks like it.

use super::*;

#[test]
fn liquid_is_told_from_the_braces_of_others() {
    use Defect::{Foreign, Unclosed};
    for (text, defect) in [
        ("{{ a }}", None),
        ("{{-a-}}", None),
        ("{{ a | replace: \"x\", 'y' }}", None),
        ("{{ \"x\" | upcase }}", None),
        ("{{ 4 | plus: 1 }}", None),
        ("{{ nil | default: 'x' }}", None),
        ("{{ a.b[0] }}", None),
        ("{% if a == 'b' %}", None),
        ("{%- for i in (1..3) -%}", None),
        ("{ {", None),
        ("{", None),
        ("{{", Some(Unclosed)),
        ("{{ a", Some(Unclosed)),
        ("{{ 'a }}", Some(Unclosed)),
        ("{{}}", Some(Foreign)),
        ("{{ $a }}", Some(Foreign)),
        ("{{ .a }}", Some(Foreign)),
        ("{{ a == b }}", Some(Foreign)),
        ("{{ f(a) }}", Some(Foreign)),
        ("{{{ a }}}", Some(Foreign)),
        ("{{4}}", Some(Foreign)),
        ("{{ -1.5 }}", Some(Foreign)),
        ("{{ \"x\" }}", Some(Foreign)),
        ("{{ true }}", Some(Foreign)),
        ("{{ blank }}", Some(Foreign)),
        ("{% %}", Some(Foreign)),
        ("{% \"a\" %}", Some(Foreign)),
    ] {
        let found = scan(text).1.into_iter().map(|(_, _, defect)| defect).next();
        assert_eq!(found, defect, "{text}");
    }
}

#[test]
fn markup_is_found_where_it_stands() {
    let (found, defects) =
        scan("é {{ a-b | c: 'd' }}\n{%- if x -%}{{$}} {% raw %}{{$}}{% endraw %}");
    let found: Vec<_> = found.iter().map(|markup| (markup.start, markup.end, markup.tag)).collect();
    let expected =
        [(3, 21, None), (22, 34, Some("if")), (40, 49, Some("raw")), (54, 66, Some("endraw"))];
    assert_eq!(found, expected);
    assert_eq!(defects, [(34, "{{$}}", Defect::Foreign)]);
}

#[test]
fn the_words_of_markup_are_told_apart() {
    let (found, _) = scan("{{ a-b | c: 'd', -1.5 }}");
    let tokens: Vec<_> = found[0].tokens.iter().map(|(_, token)| *token).collect();
    let expected = [
        Token::Name("a-b"),
        Token::Sign('|'),
        Token::Name("c"),
        Token::Sign(':'),
        Token::Text("d"),
        Token::Sign(','),
        Token::Number,
        Token::Sign('.'),
        Token::Number,
    ];
    assert_eq!(tokens, expected);
}

#[test]
fn what_stands_in_raw_and_comment_is_not_read() {
    for (text, count) in [
        ("{% raw %}{{ x }}{% endraw %}{{ a }}", 3),
        ("{% comment %}{% comment %}{{$}}{% endcomment %}{{$}}{% endcomment %}{{ a }}", 3),
        ("{% raw %}{{ never closed }} {% if %}", 1),
    ] {
        let (found, defects) = scan(text);
        assert_eq!((found.len(), defects.len()), (count, 0), "{text}");
    }
}

#[test]
fn a_text_is_marked_if_it_has_opening_braces() {
    for (text, marked) in
        [("", false), ("{", false), ("}} %}", false), ("{ {%", true), ("a{{", true), ("{{{", true)]
    {
        assert_eq!(is_marked(text), marked, "{text}");
    }
}
