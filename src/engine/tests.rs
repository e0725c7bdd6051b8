use liquid::Object;
use liquid_core::Value;

use super::Engine;
use super::pieces::{Piece, split};

const LONG: &str = "a passage that is long enough to be taken out";

/// Renders as liquid alone does.
fn whole(text: &str, variables: &Object) -> String {
    Engine::new().parser.parse(text).unwrap().render(variables).unwrap()
}

fn variables() -> Object {
    let mut variables = Object::new();
    variables.insert("name".into(), Value::scalar("demo"));
    variables.insert("grpc".into(), Value::scalar(true));
    variables.insert("firstlight_0".into(), Value::scalar("an answer of the same name"));
    variables
}

#[test]
fn texts_are_rendered_as_if_they_were_parsed_whole() {
    let texts = [
        "LONG {{name}} LONG",
        "  \n LONG \n\t {{- name -}} \n LONG \n",
        "LONG\n{%- if grpc %}\nLONG\n{%- else %}\nLONG LONG\n{%- endif %}\nLONG\n",
        "{% capture text %} LONG ü {{name}}{% endcapture %}{{ text | strip | upcase | size }}",
        "{% capture a %}[x] LONG [x] LONG{% endcapture %}{% assign all = a | split: \"[x]\" %}\
         {% for each in all offset: 1 %}<{{ each }}>{% endfor %}",
        "{% for number in (1..3) %}LONG {{ number }}{% if number == 2 %}LONG{% endif %}{% endfor %}",
        "LONG{% comment %}LONG {{ no such thing }} LONG{% endcomment %}LONG",
        "LONG{% raw %}LONG {{name}} LONG{% endraw %}LONG",
        "{% raw %}LONG{% endraw 1 %} LONG {% raw %}LONG{% endraw %}",
        "{% raw %}{{ \"{% endraw %} LONG {% raw %}\" }}{% endraw %}",
        "LONG {% raw -%} \n LONG {{name}} LONG \n {%- endraw -%} \n LONG",
        "LONG \t {{- name -}} \t LONG \r\n {%- if grpc -%} \r\n LONG {% endif -%}  {{- name }}",
        "{% case name %} \n {% when \"demo\" %}LONG{% else %}LONG LONG{% endcase %}LONG",
        "LONG } { %} }} LONG {{name}}}LONG",
        "{% if grpc %}a{% if name == \"demo\" %}b{% elsif grpc %}c{% endif %}d{% endif %} {%- unless grpc -%}\
         LONG{% else %} {{- name -}} {% endunless -%} \n {{ name }} \t {%- comment %} {% if {% endcomment -%} e",
        "{% comment %}{{ \"{% endcomment %} LONG {% comment %}\" }}LONG{% endcomment %}LONG",
        "{% assign a = name %}{% comment %}{{ \"{% endcomment %}LONG\" | append: 'LONG {% comment %}' }}\
         {% endcomment %}{{ a }}",
        "{% comment %}{% raw %}{% endcomment %} LONG {% comment %}{% endraw %}{% endcomment %}LONG",
        "LONG{% comment %}{% if grpc %}{{ \"{% endcomment %} {% comment %}\" }}{% endif %}\
         {% endcomment %}LONG",
        "LONG {% raw %}{% endraw 1 %}{% comment %}{% endraw %}|{{firstlight_0}}|\
         {{ \"{% endcomment %}\" | upcase }}",
        "{% increment number %}{% if grpc %}LONG{% increment number %}{% endif %}",
        "{{ name }}{{ name | upcase }} {%- if grpc -%} {%- endif -%} {{ name }}{% if name == \"x\" %}LONG{% endif %}",
        "{% assign a = name %}{% if grpc %}LONG{{ name }}{% endif %}{% if a == name %}LONG{% endif %}",
        "{% assign name = grpc %}{% if name == \"demo\" %}LONG{% else %}{{ name }}{% endif %}",
        "{% for number in (1..2) %} {%- if grpc %} LONG {{ forloop.index }} {% endif -%} LONG {%- unless grpc %}\
         LONG{% else %}{{ name }}{% endunless -%} {% endfor %}",
        "{% for number in (1..2) %}{% if grpc %}LONG{% if number %}{{ number }}{% endif %}{% endif %}{% endfor %}",
        "{% for number in (1..2) %}LONG{% if grpc %}LONG{% break %}{% endif %}{% endfor %}",
        "{% if false %}{% assign a = name %}{% if missing.one %}LONG{% endif %}{{ missing }}{% endif %}LONG",
        "{% capture grpc %}{% if grpc %}LONG{% comment %} a {% endcomment %}{% endif %}{% endcapture %}{{ grpc }}",
        "{% if grpc %}LONG{% endif %}{% raw %}{% if grpc %}LONG{% endraw %}{% if grpc %}{{ name }}{% endif %}",
        "{% for number in (1..2) %}{% if forloop.first %}LONG{% else %}{{ name }}{% endif %}{% endfor %}",
        "{% raw %}{% endraw 1 %}{% if grpc %}LONG{% endif %}{% endraw %}{% if grpc %}LONG{% endif %}",
        "{% for number in (1..2) %}{% if missing %}LONG{% endif %}{% raw %}{% endraw 1 %}\
         {{ b b \"{% endraw %}{% assign missing = 1 %}\" }}{% endfor %}",
        "{% for number in (1..2) %}{% if missing %}LONG{% endif %}{% comment %}{% endcomment-x %}\
         {{ number number \"{% endcomment %}{% assign missing = 1 %}\" }}{% endfor %}",
        "{% tablerow i in (1..2) %}{% if tablerow.first %}LONG{% else %}{{ name }}{% endif %}{% endtablerow %}",
        "{% tablerow i in (1..2) %}LONG{{ name }}{% break %}{% endtablerow %}",
        "{% for i in (1..3) %}{% cycle 'a', 'b' %}{% if grpc %}LONG{% endif %}{% ifchanged %}{{ name }}{% endifchanged %}\
         {% if i == 2 %}{% continue %}{% endif %}{{ name }}LONG{% endfor %}",
        "{% for i in (1..0) %}LONG{% else %}{% if grpc %}{{ name }}{% endif %}{% endfor %}",
        "LONG {{firstlight_0}} LONG",
        "{% assign firstlight_0 = name %}LONG {{firstlight_0}} LONG",
    ];
    for text in texts {
        let text = text.replace("LONG", LONG);
        let rendered = Engine::new().render(&text, &variables()).unwrap();
        assert_eq!(rendered, whole(&text, &variables()), "{text}");
    }
}

#[test]
fn texts_with_the_same_tags_keep_their_own_passages() {
    let engine = Engine::new();
    for other in ["LONG", "OTHER LONG"] {
        for text in ["LONG{{name}}LONG", "{% raw %}LONG{{ \"{% endraw %}LONG\" }}{% endraw %}"] {
            let text = text.replace("LONG", other).replace("LONG", LONG);
            let rendered = engine.render(&text, &variables()).unwrap();
            assert_eq!(rendered, whole(&text, &variables()), "{text}");
        }
    }
}

#[test]
fn passages_are_spared_the_parser() {
    let text = "a{%- if grpc %}\n b\n{%- else %}c{%- endif %}\nd {{name}}e";
    let pieces = split(text).into_iter().map(|piece| match piece {
        Piece::Passage(passage) => format!("passage {passage}"),
        Piece::Block(block) => format!("{} with {:?}", block.text, block.runs),
    });
    let block = "{%- if grpc %}{{firstlight_0}}{%- else %}{{firstlight_1}}{%- endif %}";
    let block = format!("{block} with [[Passage(\"\\n b\")], [Passage(\"c\")]]");
    let all = ["passage a", &block, "passage \nd ", "{{name}} with []", "passage e"];
    assert_eq!(pieces.collect::<Vec<_>>(), all);
}

#[test]
fn what_can_be_rendered_before_is_one_variable_of_a_block() {
    let engine = Engine::new();
    let text =
        "{% capture a %}b{% if grpc %}c{{ name }}{% endif %}{{ name }}{% endcapture %}{{ a }}d";
    let [Piece::Block(block)] = &split(text)[..] else {
        panic!("what follows sees what `capture` did")
    };
    let whole = "{% capture a %}{{firstlight_0}}{% endcapture %}{{ a }}{{firstlight_1}}";
    assert_eq!(block.text, whole);
    assert!(matches!(
        &block.runs[0][..],
        [Piece::Passage("b"), Piece::Block(_), Piece::Block(output)] if output.text == "{{ name }}"
    ));
    assert_eq!(engine.render(text, &variables()).unwrap(), "bcdemodemod");
}

#[test]
fn what_tags_do_to_what_follows_them_keeps_a_text_in_one_block() {
    for tag in ["assign a = name", "capture a", "increment a", "for a in (1..2)", "else", "raw"] {
        let text = format!("a{{% {tag} %}}b{{{{name}}}}c");
        assert!(matches!(split(&text)[..], [Piece::Block(_)]), "{text}");
    }
    for text in
        ["{% if grpc %}a", "a{% endif %}{% endif %}", "{% if grpc %}{% endif %}{% elsif grpc %}"]
    {
        assert!(matches!(split(text)[..], [Piece::Block(_)]), "{text}");
        assert!(Engine::new().render(text, &variables()).is_err(), "{text}");
    }
}

#[test]
fn an_error_behind_a_long_passage_has_its_place_in_the_whole_text() {
    let text = format!("{LONG}\n{{% if %}}{{% endif %}}");
    let Err((offset, _)) = Engine::new().render(&text, &variables()) else {
        panic!("`if` takes a condition")
    };
    assert_eq!(offset, LONG.len() + "\n{% if".len());
    let text =
        format!("{LONG}{{% assign a = 1 %}}{LONG}{{% if grpc %}}{{{{ missing }}}}{{% endif %}}");
    let (offset, _) = Engine::new().render(&text, &variables()).unwrap_err();
    assert_eq!(offset, text.find("{{ missing").unwrap());
}
