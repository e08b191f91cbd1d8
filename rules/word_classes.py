"""The closed list of lexicon classes: what a word or phrase can say about a comment."""

from schemas.vocabularies import Term


class WordClass(Term):
    """Class of a lexicon entry; docs/rules.md says what belongs in each."""

    # how the seller served: any of these keeps a comment from being about product or delivery alone
    SELLER = "seller"
    CONDUCT = "conduct"
    REFUND_RETURN = "refund_return"
    STOCK_CANCEL = "stock_cancel"
    PRICE = "price"
    CONDITION = "condition"
    WRONG_ITEM = "wrong_item"
    COUNTERFEIT = "counterfeit"
    DISPATCH = "dispatch"
    BUYER_REQUEST = "buyer_request"
    # the same, but less surely
    MISMATCH = "mismatch"
    OWN_MISTAKE = "own_mistake"
    SPEECH = "speech"
    ADDRESSEE = "addressee"
    THEY = "they"
    # delivery
    DELIVERY_TIME = "delivery_time"
    LOST = "lost"
    DAMAGE = "damage"
    PACKING = "packing"
    AMAZON_SERVICE = "amazon_service"
    CARRIER = "carrier"
    DELIVERY = "delivery"
    AMAZON = "amazon"
    # delivery or product, by what stands beside it
    BREAKAGE = "breakage"
    ARRIVAL = "arrival"
    DURATION = "duration"
    # product
    PRODUCT = "product"
    PRODUCT_NOUN = "product_noun"
    # neither
    NEUTRAL = "neutral"
    OPINION = "opinion"
    CLEARS_SELLER = "clears_seller"
    CLEARS_DELIVERY = "clears_delivery"
    CLEARS_PRODUCT = "clears_product"
    # anywhere in a comment
    OBSCENE = "obscene"
    VULGAR = "vulgar"
    HATE = "hate"
    PROMOTION = "promotion"
    EASY_SHIP = "easy_ship"
    OTHER_ORDER = "other_order"


CLASSES = tuple(WordClass)
"""Order of the classes; a class's number is its place here plus one, 0 is a word no lexicon knows."""

NUMBER_OF = {word_class: number for number, word_class in enumerate(CLASSES, start=1)}
