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
        Piece::Block(block) => format!("{} with {:?}", block.text, block.passages),
    });
    let block = "{%- if grpc %}{{firstlight_0}}{%- else %}{{firstlight_1}}{%- endif %}";
    let block = format!("{block} with [\"\\n b\", \"c\"]");
    let all = ["passage a", &block, "passage \nd ", "{{name}} with []", "passage e"];
    assert_eq!(pieces.collect::<Vec<_>>(), all);
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
}
